import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ADVISORY, OF_TABLE } from './1763800000030-append-lock.js';
import { replaceInAppendFunctions } from './append-functions.js';
import { quotedSchema } from './schema.js';

/**
 * Leaves the advisory lock of the append out. It waits for both locks, in the order in which the functions take them: then
 * the calls that know the old lock alone have ended, and all others take the new one.
 *
 * Where both migrations run in one transaction, some of the old calls come after it. Two appends may then meet; the
 * primary key refuses the second, and it is tried again, or fails with its caller's transaction: the log stays as it should.
 */
export class AppendLockAlone1763800000031 implements MigrationInterface {
  name = 'AppendLockAlone1763800000031';

  up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    return alone(queryRunner, `${ADVISORY(schema)} ${OF_TABLE(schema)}`, OF_TABLE(schema));
  }

  down(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    return alone(queryRunner, OF_TABLE(schema), `${ADVISORY(schema)} ${OF_TABLE(schema)}`);
  }
}

async function alone(queryRunner: QueryRunner, part: string, replacement: string): Promise<void> {
  const schema = quotedSchema(queryRunner);
  await queryRunner.query(`do $$ begin ${ADVISORY(schema)} ${OF_TABLE(schema)} end $$`);
  await replaceInAppendFunctions(queryRunner, part, replacement);
}
