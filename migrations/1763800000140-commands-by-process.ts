import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/** Due commands are looked for by process manager: a backlog of one is not read for another one. */
export class CommandsByProcess1763800000140 implements MigrationInterface {
  name = 'CommandsByProcess1763800000140';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(`drop index ${schema}.process_commands_due_idx`);
    await queryRunner.query(dueIndex(schema, 'process, next_attempt_at'));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(`drop index ${schema}.process_commands_due_idx`);
    await queryRunner.query(dueIndex(schema, 'next_attempt_at'));
  }
}

const dueIndex = (schema: string, columns: string): string =>
  `create index process_commands_due_idx on ${schema}.process_commands (${columns}) where state = 'waiting'`;
