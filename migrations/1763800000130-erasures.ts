import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';
import { sampled, withoutSamples } from './planner-samples.js';

/**
 * The erasures of persons (subjects), with their steps. An erasure that is not lifted is the fence of its subject:
 * `refuse_erased` then refuses an append with personal data of it. An append calls that function after it has the lock
 * of the log, under which an erasure is requested: so no append that waited for the lock gets past the fence.
 *
 * `number` grows with each erasure: a process compares it with the last one for which it has dropped what it keeps in
 * memory, and reports that in `processes`.
 */
export class Erasures1763800000130 implements MigrationInterface {
  name = 'Erasures1763800000130';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    for (const statement of up(schema)) await queryRunner.query(statement);
    for (const [table, columns] of TEXTS) await withoutSamples(queryRunner, `${schema}.${table}`, columns);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    for (const [table, columns] of TEXTS) await sampled(queryRunner, `${schema}.${table}`, columns);
    for (const statement of [
      ...guard(schema, 'true'),
      `alter table ${schema}.processes drop column erasures_seen`,
      `drop function ${schema}.refuse_erased(text[])`,
      `drop table ${schema}.erasure_steps`,
      `drop table ${schema}.erasures`,
    ]) {
      await queryRunner.query(statement);
    }
  }
}

/**
 * Columns that may name a person. The planner keeps samples of columns, which no erasure reaches: of these it keeps
 * none.
 */
const TEXTS = [
  ['snapshots', ['state']],
  ['idempotency_keys', ['kept', 'answer']],
  ['parked_keys', ['error']],
  ['skipped_events', ['error']],
  ['projection_workers', ['failure', 'rebuild_failure']],
  ['projection_rebuilds', ['report', 'reason']],
  ['projection_rebuild_history', ['report', 'reason']],
  ['projections', ['last_rebuild']],
  ['operations', ['detail']],
] as const;

const up = (schema: string) => [
  `create table ${schema}.erasures (
     number bigint generated always as identity constraint erasures_number_key unique,
     id uuid not null constraint erasures_pkey primary key,
     subject text not null,
     requested_by text,
     reason text,
     requested_at timestamptz not null,
     position bigint not null,
     streams text[] not null default '{}',
     done_at timestamptz,
     lifted_at timestamptz,
     lifted_by text
   )`,
  `create unique index erasures_fence_idx on ${schema}.erasures (subject) where lifted_at is null`,
  `create index erasures_streams_idx on ${schema}.erasures using gin (streams)`,
  `create table ${schema}.erasure_steps (
     erasure_id uuid not null constraint erasure_steps_erasure_fkey references ${schema}.erasures (id),
     place text not null,
     found bigint not null,
     done text not null,
     at timestamptz not null default clock_timestamp(),
     constraint erasure_steps_pkey primary key (erasure_id, place)
   )`,
  `create function ${schema}.refuse_erased(subjects text[]) returns void language plpgsql
     set search_path = pg_catalog, pg_temp as $$
   declare
     erased text;
   begin
     select e.subject into erased from ${schema}.erasures e
      where e.subject = any (subjects) and e.lifted_at is null limit 1;
     if found then
       raise exception 'a subject is erased' using errcode = 'ZF410', detail = erased;
     end if;
   end $$`,
  `alter table ${schema}.processes add column erasures_seen bigint`,
  ...guard(schema, `tg_op <> 'UPDATE' or current_setting('eventfold.erasing', true) is distinct from 'on'`),
];

/**
 * Operations stay facts: an erasure alone may overwrite a text in which a person was named. The setting ends with its
 * transaction, and whoever may set it owns the table anyway.
 */
const guard = (schema: string, refused: string) => [
  `create or replace function ${schema}.refuse_change_of_operations() returns trigger language plpgsql
     set search_path = pg_catalog, pg_temp as $$
   begin
     if ${refused} then
       raise exception 'the log of operations is append-only: % is refused', tg_op
         using errcode = 'restrict_violation';
     end if;
     return null;
   end $$`,
];
