import type { MigrationInterface, QueryRunner } from 'typeorm';
import { sampled, withoutSamples } from './planner-samples.js';
import { quotedSchema } from './schema.js';

/** The planner keeps no samples of the personal columns of profiles: an erasure would not reach them. */
export class ProfileSamples1763800000131 implements MigrationInterface {
  name = 'ProfileSamples1763800000131';

  async up(queryRunner: QueryRunner): Promise<void> {
    await withoutSamples(queryRunner, `${quotedSchema(queryRunner)}.user_profiles`, ['email', 'name']);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await sampled(queryRunner, `${quotedSchema(queryRunner)}.user_profiles`, ['email', 'name']);
  }
}
