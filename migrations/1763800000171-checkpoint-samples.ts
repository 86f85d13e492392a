import type { MigrationInterface, QueryRunner } from 'typeorm';
import { sampled, withoutSamples } from './planner-samples.js';
import { quotedSchema } from './schema.js';

const KEY = ['projection', 'build', 'partition'];

/**
 * The planner has no statistics of the key of checkpoints. A checkpoint is found by its newest version, which is at the
 * end of the index. With statistics of a few rows in many pages, as they are while a snapshot is held, the planner takes
 * the index for dear, and reads and sorts all versions in place of it.
 */
export class CheckpointSamples1763800000171 implements MigrationInterface {
  name = 'CheckpointSamples1763800000171';

  async up(queryRunner: QueryRunner): Promise<void> {
    await withoutSamples(queryRunner, `${quotedSchema(queryRunner)}.projection_checkpoints`, KEY);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await sampled(queryRunner, `${quotedSchema(queryRunner)}.projection_checkpoints`, KEY);
  }
}
