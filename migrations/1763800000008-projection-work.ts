import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/**
 * What projections need besides their rows: a checkpoint for each partition of each build of the rows, keys that are set
 * aside, rebuilds beside the living rows, and who works on what.
 *
 * A *build* is `live`, whose rows queries see, or `rebuild`, whose rows are folded beside them.
 */
export class ProjectionWork1763800000008 implements MigrationInterface {
  name = 'ProjectionWork1763800000008';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    for (const statement of [
      ...checkpoints(schema),
      ...parking(schema),
      ...rebuilds(schema),
      ...workers(schema),
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(`
      alter table ${schema}.projections
        drop column paused_at, drop column last_rebuild,
        add column position bigint not null default 0, add column updated_at timestamptz not null default now()`);
    await queryRunner.query(`
      update ${schema}.projections p set position = (
        select min(c.position) from ${schema}.projection_checkpoints c where c.projection = p.name and c.build = 'live')`);
    for (const table of TABLES) await queryRunner.query(`drop table ${schema}.${table}`);
  }
}

const TABLES = [
  'projection_workers',
  'projection_rebuilds',
  'skipped_events',
  'waiting_events',
  'parked_keys',
  'projection_checkpoints',
];

/**
 * `rate` is positions a second, averaged over the last ten seconds or so, as of `updated_at`. Rewritten at every turn:
 * room is left for HOT updates.
 */
const checkpoints = (schema: string) => [
  `alter table ${schema}.projections add column paused_at timestamptz, add column last_rebuild jsonb`,
  `create table ${schema}.projection_checkpoints (
     projection text not null,
     build text not null constraint projection_checkpoints_build_check check (build in ('live', 'rebuild')),
     partition integer not null,
     position bigint not null default 0,
     rate double precision not null default 0,
     updated_at timestamptz not null default clock_timestamp(),
     constraint projection_checkpoints_pkey primary key (projection, build, partition)
   ) with (fillfactor = 20)`,
  `insert into ${schema}.projection_checkpoints (projection, build, partition, position)
   select name, 'live', 0, position from ${schema}.projections`,
  `alter table ${schema}.projections drop column position, drop column updated_at`,
];

/**
 * A parked key is one whose events are not folded: from `position` on, the event that failed, they are noted as waiting
 * (by position: the events themselves are in the log).
 */
const parking = (schema: string) => [
  `create table ${schema}.parked_keys (
     projection text not null,
     build text not null,
     partition integer not null,
     key text not null,
     position bigint not null,
     event_id uuid not null,
     event_type text not null,
     error text not null,
     attempts integer not null,
     parked_at timestamptz not null default clock_timestamp(),
     tried_at timestamptz not null default clock_timestamp(),
     constraint parked_keys_pkey primary key (projection, build, key)
   )`,
  `create table ${schema}.waiting_events (
     projection text not null,
     build text not null,
     key text not null,
     position bigint not null,
     constraint waiting_events_pkey primary key (projection, build, key, position)
   )`,
  `create table ${schema}.skipped_events (
     projection text not null,
     build text not null,
     key text not null,
     position bigint not null,
     event_id uuid not null,
     error text not null,
     skipped_at timestamptz not null default clock_timestamp(),
     constraint skipped_events_pkey primary key (projection, build, key, position)
   )`,
];

const rebuilds = (schema: string) => [
  `create table ${schema}.projection_rebuilds (
     projection text not null constraint projection_rebuilds_pkey primary key,
     revision text not null,
     partitions integer not null,
     hold boolean not null,
     state text not null default 'folding'
       constraint projection_rebuilds_state_check check (state in ('folding', 'held', 'released')),
     report jsonb,
     started_at timestamptz not null default clock_timestamp()
   )`,
];

/** A sign of life of each process that runs projections, with what it has to say of each. */
const workers = (schema: string) => [
  `create table ${schema}.projection_workers (
     worker uuid not null,
     projection text not null,
     status text not null,
     failure text,
     seen_at timestamptz not null default clock_timestamp(),
     constraint projection_workers_pkey primary key (worker, projection)
   ) with (fillfactor = 50)`,
];
