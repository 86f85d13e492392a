import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/** The schema itself. The standalone service makes its own before it migrates, so this is for hosts. */
export class OwnSchema1763800000000 implements MigrationInterface {
  name = 'OwnSchema1763800000000';

  /** @throws Error when the schema would come before that of the host's own tables */
  async up(queryRunner: QueryRunner): Promise<void> {
    const before = await currentSchema(queryRunner);
    await queryRunner.query(`create schema if not exists ${quotedSchema(queryRunner)}`);
    const after = await currentSchema(queryRunner);
    if (before === after) return;
    throw new Error(
      `The schema ${after} has the name of the database user, so PostgreSQL would look for the application's own tables ` +
        `there from now on, not in ${before}. Run "alter role current_user set search_path to ${before}" and connect ` +
        'again, or choose another schema with migrationsFor(schema) and EventSourcingModule.forRoot({ schema }).',
    );
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

/** Where tables without a schema go: the first of `search_path` that exists, and that begins with the user's name. */
async function currentSchema(queryRunner: QueryRunner): Promise<string> {
  const [row] = (await queryRunner.query('select current_schema() as name')) as { name: string }[];
  return row!.name;
}
