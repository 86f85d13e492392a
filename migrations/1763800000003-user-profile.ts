import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/**
 * The rows of the user profile. A view changes `total_watch_time` and `last_active`, which no index holds, so that with
 * room on the page most writes are HOT updates. The two list indexes serve "newest registration first", alone and
 * within a plan.
 */
export class UserProfile1763800000003 implements MigrationInterface {
  name = 'UserProfile1763800000003';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(`
      create table ${schema}.user_profiles (
        user_id uuid not null constraint user_profiles_pkey primary key,
        email text not null,
        name text not null,
        subscription_plan text not null,
        preferences text[] not null,
        total_watch_time double precision not null,
        favorite_genres text[] not null,
        last_active timestamptz not null,
        registration_date timestamptz not null,
        is_active boolean not null
      ) with (fillfactor = 80)`);
    await queryRunner.query(`
      create index user_profiles_registration_idx on ${schema}.user_profiles (registration_date desc, user_id desc)`);
    await queryRunner.query(`
      create index user_profiles_plan_idx
        on ${schema}.user_profiles (subscription_plan, registration_date desc, user_id desc)`);
    await queryRunner.query(`
      create index user_profiles_genres_idx on ${schema}.user_profiles using gin (favorite_genres)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop table ${quotedSchema(queryRunner)}.user_profiles`);
  }
}
