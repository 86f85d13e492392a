import type { MigrationInterface, QueryRunner } from 'typeorm';
import { sampled, withoutSamples } from './planner-samples.js';
import { quotedSchema } from './schema.js';

/** Columns with texts of failures, besides those of the erasures' migration: an erasure would not reach samples. */
const TEXTS = [
  ['parked_keys', 'failures'],
  ['process_commands', 'error'],
  ['timers', 'failure'],
] as const;

/** The planner keeps no samples of texts of failures. */
export class FailureSamples1763800000150 implements MigrationInterface {
  name = 'FailureSamples1763800000150';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const [table, column] of TEXTS)
      await withoutSamples(queryRunner, `${quotedSchema(queryRunner)}.${table}`, [column]);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const [table, column] of TEXTS)
      await sampled(queryRunner, `${quotedSchema(queryRunner)}.${table}`, [column]);
  }
}
