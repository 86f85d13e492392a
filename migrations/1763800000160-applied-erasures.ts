import type { MigrationInterface, QueryRunner } from 'typeorm';
import { sampled, withoutSamples } from './planner-samples.js';
import { quotedSchema } from './schema.js';

/**
 * A database with projections and without a log: the erasures of the log that were applied to it. `number` and
 * `erasure_id` are those of the table `erasures` beside the log. What the other migrations did for erasures is done
 * here for the tables of projections: the planner keeps no samples of texts, and an erasure may empty those of
 * operations.
 */
export class AppliedErasures1763800000160 implements MigrationInterface {
  name = 'AppliedErasures1763800000160';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(`
      create table ${schema}.applied_erasures (
        number bigint not null constraint applied_erasures_pkey primary key,
        erasure_id uuid not null,
        found bigint not null,
        applied_at timestamptz not null default clock_timestamp()
      )`);
    await queryRunner.query(guard(schema, ERASURES_MAY));
    for (const [table, columns] of TEXTS) await withoutSamples(queryRunner, `${schema}.${table}`, columns);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    for (const [table, columns] of TEXTS) await sampled(queryRunner, `${schema}.${table}`, columns);
    await queryRunner.query(guard(schema, 'true'));
    await queryRunner.query(`drop table ${schema}.applied_erasures`);
  }
}

/** Columns that may name a person. */
const TEXTS = [
  ['parked_keys', ['error', 'failures']],
  ['skipped_events', ['error']],
  ['projection_workers', ['failure', 'rebuild_failure']],
  ['projection_rebuilds', ['report', 'reason']],
  ['projection_rebuild_history', ['report', 'reason']],
  ['projections', ['last_rebuild']],
  ['operations', ['detail']],
] as const;

const ERASURES_MAY = `tg_op <> 'UPDATE' or current_setting('eventfold.erasing', true) is distinct from 'on'`;

/** Operations stay facts: an erasure alone may overwrite a text in which a person was named. */
const guard = (schema: string, refused: string) => `
  create or replace function ${schema}.refuse_change_of_operations() returns trigger language plpgsql
    set search_path = pg_catalog, pg_temp as $$
  begin
    if ${refused} then
      raise exception 'the log of operations is append-only: % is refused', tg_op
        using errcode = 'restrict_violation';
    end if;
    return null;
  end $$`;
