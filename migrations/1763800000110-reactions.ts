import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/**
 * Leases of reactions, and retries of parked keys without an operator.
 *
 * A lease is in the row that it is about: the checkpoint, or a parked key. It holds while `lease_until` is to come, and
 * only the process with its token may move the checkpoint or free the key. `retry_at`: the next attempt; null when the
 * key waits for an operator. `retry_until`: no attempt is made after it. `failures`: the latest attempts, the last one
 * at the end.
 */
export class Reactions1763800000110 implements MigrationInterface {
  name = 'Reactions1763800000110';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(
      `alter table ${schema}.projection_checkpoints
         add column lease_token uuid, add column lease_until timestamptz`,
    );
    await queryRunner.query(
      `alter table ${schema}.parked_keys
         add column lease_token uuid, add column lease_until timestamptz,
         add column retry_at timestamptz, add column retry_until timestamptz,
         add column failures jsonb not null default '[]'`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(
      `alter table ${schema}.parked_keys drop column failures, drop column retry_until, drop column retry_at,
         drop column lease_until, drop column lease_token`,
    );
    await queryRunner.query(
      `alter table ${schema}.projection_checkpoints drop column lease_until, drop column lease_token`,
    );
  }
}
