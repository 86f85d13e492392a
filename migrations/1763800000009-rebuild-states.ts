import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/**
 * A rebuild that is asked for belongs to no revision until a process claims it, and says why it waits. An event waits
 * only behind a parked key. What is left out is left out of both builds.
 */
export class RebuildStates1763800000009 implements MigrationInterface {
  name = 'RebuildStates1763800000009';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    for (const statement of [...rebuilds(schema), ...workers(schema), ...parking(schema)]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    for (const statement of [
      `alter table ${schema}.waiting_events drop constraint waiting_events_parked_key_fkey`,
      `alter table ${schema}.projection_workers
         drop column revision, drop column rebuild_status, drop column rebuild_failure`,
      `alter table ${schema}.projections drop column has_own_sql`,
      `delete from ${schema}.projection_rebuilds where state = 'requested'`,
      `alter table ${schema}.projection_rebuilds
         drop column reason, drop constraint projection_rebuilds_state_check,
         alter column revision set not null, alter column partitions set not null,
         add constraint projection_rebuilds_state_check check (state in ('folding', 'held', 'released'))`,
    ]) {
      await queryRunner.query(statement);
    }
  }
}

/** `has_own_sql`: a handler has written with SQL of its own, so that its events do not tell which rows changed. */
const rebuilds = (schema: string) => [
  `alter table ${schema}.projection_rebuilds
     add column reason text,
     alter column revision drop not null, alter column partitions drop not null,
     drop constraint projection_rebuilds_state_check,
     add constraint projection_rebuilds_state_check check (state in ('requested', 'folding', 'held', 'released'))`,
  `alter table ${schema}.projections add column has_own_sql boolean not null default false`,
];

const workers = (schema: string) => [
  `alter table ${schema}.projection_workers
     add column revision text, add column rebuild_status text, add column rebuild_failure text`,
];

/** Events that were left waiting without a parked key are parked again, from the first on: nobody else lists them. */
const parking = (schema: string) => [
  `insert into ${schema}.parked_keys
          (projection, build, partition, key, position, event_id, event_type, error, attempts)
   select w.projection, w.build, 0, w.key, e.global_position, e.event_id, e.event_type,
          'These events were left waiting behind a key that was no longer parked. Retry it.', 0
     from (select projection, build, key, min(position) as position from ${schema}.waiting_events
            group by projection, build, key) w
     join ${schema}.events e on e.global_position = w.position
   on conflict do nothing`,
  `delete from ${schema}.waiting_events w
    where not exists (select from ${schema}.parked_keys k
                       where k.projection = w.projection and k.build = w.build and k.key = w.key)`,
  `alter table ${schema}.waiting_events add constraint waiting_events_parked_key_fkey
     foreign key (projection, build, key) references ${schema}.parked_keys (projection, build, key)
     on update cascade`,
];
