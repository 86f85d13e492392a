import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/**
 * The chart, and the narrow table behind its unique viewers and one-rating-per-user rule.
 *
 * Each sort of the chart is one index on (minus the value, content_id): both columns ascend, so that a page is one row
 * comparison and one index scan, ties included. The expressions are those of `popularity-sorts.ts`.
 * `trending` is a base-2 logarithm: minus infinity means that nothing was ever watched.
 */
export class ContentPopularity1763800000004 implements MigrationInterface {
  name = 'ContentPopularity1763800000004';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(`
      create table ${schema}.content_popularity (
        content_id text not null constraint content_popularity_pkey primary key,
        title text,
        genre text,
        catalogued boolean not null,
        total_views integer not null,
        total_watch_time double precision not null,
        completion_sum double precision not null,
        unique_viewers integer not null,
        rating_sum double precision not null,
        rating_count integer not null,
        trending double precision not null,
        last_updated timestamptz not null
      ) with (fillfactor = 70)`);
    await queryRunner.query(`
      create table ${schema}.content_viewers (
        content_id text not null,
        user_id uuid not null,
        viewed boolean not null,
        rating double precision,
        rated_at timestamptz,
        constraint content_viewers_pkey primary key (content_id, user_id)
      )`);
    for (const [sort, expression] of Object.entries(SORT_EXPRESSIONS)) {
      await queryRunner.query(`
        create index content_popularity_${sort}_idx on ${schema}.content_popularity ((${expression}), content_id)`);
    }
    await queryRunner.query(`
      create index content_popularity_genre_idx on ${schema}.content_popularity (genre)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(`drop table ${schema}.content_viewers`);
    await queryRunner.query(`drop table ${schema}.content_popularity`);
  }
}

const SORT_EXPRESSIONS = {
  trending: '-trending',
  views: '-total_views',
  watch_time: '-total_watch_time',
  viewers: '-unique_viewers',
  rating: '-coalesce(rating_sum / nullif(rating_count, 0), 0)',
  completion: '-coalesce(completion_sum / nullif(total_views, 0), -1)',
};
