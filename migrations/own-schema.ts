import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/** The schema itself. The standalone service makes its own before it migrates, so this is for hosts. */
export class OwnSchema1763800000000 implements MigrationInterface {
  name = 'OwnSchema1763800000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`create schema if not exists ${quotedSchema(queryRunner)}`);
  }

  /** Unless something of somebody else's is in it. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      do $$ begin
        drop schema ${quotedSchema(queryRunner)};
      exception when dependent_objects_still_exist then null;
      end $$`);
  }
}
