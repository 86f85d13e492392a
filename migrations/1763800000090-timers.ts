import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/**
 * Durable timers: events that are appended when they are due. A timer that fires is deleted in the transaction that
 * appends its event, whose id is that of the timer: "fired" is a fact of the log. A cancelled one is kept for a
 * while, so that a repeated `schedule` does not bring it back.
 *
 * `timers_due_idx` serves the next due ones as well as each list: a state is a range of its own. `timer_pace` has one
 * row at most: until when the bound per second is used up, for all processes together.
 */
export class Timers1763800000090 implements MigrationInterface {
  name = 'Timers1763800000090';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    for (const statement of [...timers(schema), ...pace(schema)]) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(`drop table ${schema}.timer_pace`);
    await queryRunner.query(`drop table ${schema}.timers`);
  }
}

/** `changed_at`: since when it has its state. `failure`: why its event could not be appended. */
const timers = (schema: string) => [
  `create table ${schema}.timers (
     id uuid not null constraint timers_pkey primary key,
     state text not null default 'pending' constraint timers_state_check
       check (state in ('pending', 'failed', 'cancelled')),
     due_at timestamptz not null,
     stream_id text not null,
     event_type text not null,
     event_data jsonb not null,
     metadata jsonb not null,
     process text,
     key text,
     name text,
     created_at timestamptz not null default clock_timestamp(),
     changed_at timestamptz not null default clock_timestamp(),
     failure text
   )`,
  `create index timers_due_idx on ${schema}.timers (state, due_at, id)`,
  `create index timers_process_idx on ${schema}.timers (process, key) where process is not null`,
  `create index timers_cancelled_idx on ${schema}.timers (changed_at) where state = 'cancelled'`,
];

const pace = (schema: string) => [
  `create table ${schema}.timer_pace (
     id boolean not null default true constraint timer_pace_pkey primary key constraint timer_pace_id_check check (id),
     used_until timestamptz not null
   ) with (fillfactor = 50)`,
];
