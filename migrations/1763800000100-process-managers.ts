import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/**
 * Process managers: the instances that were started, and the commands that they have decided on and that are not
 * carried out yet. (The table `processes` is another matter: the processes of the operating system that work on the
 * schema.)
 *
 * The state of an instance is in the event of its last step. A command is deleted when it is carried out. A process
 * that carries it out has it under a lease, and holds no transaction meanwhile.
 */
export class ProcessManagers1763800000100 implements MigrationInterface {
  name = 'ProcessManagers1763800000100';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    for (const statement of [...instances(schema), ...commands(schema)]) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(`drop table ${schema}.process_commands`);
    await queryRunner.query(`drop table ${schema}.process_instances`);
  }
}

/** `step`: the number of the last step. `last_step`: the id of its event. */
const instances = (schema: string) => [
  `create table ${schema}.process_instances (
     process text not null,
     key text not null,
     state text not null constraint process_instances_state_check check (state in ('running', 'ended')),
     step integer not null,
     last_step uuid not null,
     started_at timestamptz not null default clock_timestamp(),
     last_step_at timestamptz not null default clock_timestamp(),
     constraint process_instances_pkey primary key (process, key)
   ) with (fillfactor = 80)`,
  `create index process_instances_running_idx on ${schema}.process_instances (process, last_step_at)
     where state = 'running'`,
];

/** `failing_since`: when it failed first. A command that has failed for too long waits for an operator. */
const commands = (schema: string) => [
  `create table ${schema}.process_commands (
     id uuid not null constraint process_commands_pkey primary key,
     process text not null,
     key text not null,
     step integer not null,
     number integer not null,
     command text not null,
     data jsonb not null,
     message jsonb not null,
     state text not null default 'waiting' constraint process_commands_state_check check (state in ('waiting', 'failed')),
     created_at timestamptz not null default clock_timestamp(),
     next_attempt_at timestamptz not null default clock_timestamp(),
     attempts integer not null default 0,
     failing_since timestamptz,
     error text,
     leased_by uuid,
     leased_until timestamptz
   ) with (fillfactor = 70)`,
  `create unique index process_commands_order_idx on ${schema}.process_commands (process, key, step, number)`,
  `create index process_commands_failed_idx on ${schema}.process_commands (process, key) where state = 'failed'`,
  `create index process_commands_due_idx on ${schema}.process_commands (next_attempt_at) where state = 'waiting'`,
];
