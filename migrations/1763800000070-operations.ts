import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/**
 * The log of operations (who did what, with which outcome), and the history of rebuilds with their comparisons. Both
 * outlive their projection.
 */
export class Operations1763800000070 implements MigrationInterface {
  name = 'Operations1763800000070';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    for (const statement of [...operations(schema), ...guard(schema), ...history(schema)]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    for (const statement of [
      `drop table ${schema}.projection_rebuild_history`,
      `drop table ${schema}.operations`,
      `drop function ${schema}.refuse_change_of_operations()`,
    ]) {
      await queryRunner.query(statement);
    }
  }
}

const operations = (schema: string) => [
  `create table ${schema}.operations (
     id bigint generated always as identity constraint operations_pkey primary key,
     at timestamptz not null default clock_timestamp(),
     actor text,
     act text not null,
     parameters jsonb not null,
     outcome text not null constraint operations_outcome_check check (outcome in ('done', 'refused', 'failed')),
     detail text
   )`,
  `create index operations_projection_idx on ${schema}.operations ((parameters ->> 'projection'), id)`,
  `create index operations_rebuild_idx on ${schema}.operations ((parameters ->> 'projection'), id)
     where act = 'rebuild' and outcome = 'done'`,
];

/** Operations are facts, as events are. */
const guard = (schema: string) => [
  `create function ${schema}.refuse_change_of_operations() returns trigger language plpgsql
     set search_path = pg_catalog, pg_temp as $$
   begin
     raise exception 'the log of operations is append-only: % is refused', tg_op
       using errcode = 'restrict_violation';
   end $$`,
  `create trigger operations_are_facts before update or delete or truncate on ${schema}.operations
     for each statement execute function ${schema}.refuse_change_of_operations()`,
];

/**
 * `requested_by`: the actor that asked for the rebuild; null when none is known, as for that of a new revision. It is
 * no column of `projection_rebuilds`: a comparison locks that table for minutes, so that a change of it would stop all
 * projections meanwhile.
 */
const history = (schema: string) => [
  `create table ${schema}.projection_rebuild_history (
     id bigint generated always as identity constraint projection_rebuild_history_pkey primary key,
     projection text not null,
     started_at timestamptz not null,
     ended_at timestamptz not null default clock_timestamp(),
     revision text,
     reason text,
     hold boolean not null,
     outcome text not null constraint projection_rebuild_history_outcome_check
       check (outcome in ('exchanged', 'cancelled', 'outdated')),
     requested_by text,
     report jsonb
   )`,
  `create index projection_rebuild_history_projection_idx
     on ${schema}.projection_rebuild_history (projection, id)`,
];
