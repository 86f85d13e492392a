import type { QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/**
 * Notes in the schema itself which migrations of an application have run in it. The table of TypeORM is usually in
 * another schema: `schema:drop` drops that table, and leaves the log.
 */
const table = (queryRunner: QueryRunner) => `${quotedSchema(queryRunner)}.applied_migrations`;

/** Whether there is such a table and it has the name. */
export async function isApplied(queryRunner: QueryRunner, name: string): Promise<boolean> {
  if (!(await isThere(queryRunner))) return false;
  const rows: unknown[] = await queryRunner.query(`select from ${table(queryRunner)} where name = $1`, [
    name,
  ]);
  return rows.length > 0;
}

export async function noteApplied(queryRunner: QueryRunner, name: string): Promise<void> {
  if (!(await isThere(queryRunner))) {
    await queryRunner.query(
      `create table ${table(queryRunner)} (name text not null constraint applied_migrations_pkey primary key)`,
    );
  }
  await queryRunner.query(`insert into ${table(queryRunner)} (name) values ($1)`, [name]);
}

/** The table goes with the last of them, so that the schema can. */
export async function forgetApplied(queryRunner: QueryRunner, name: string): Promise<void> {
  if (!(await isThere(queryRunner))) return;
  await queryRunner.query(`delete from ${table(queryRunner)} where name = $1`, [name]);
  const left: unknown[] = await queryRunner.query(`select from ${table(queryRunner)} limit 1`);
  if (left.length === 0) await queryRunner.query(`drop table ${table(queryRunner)}`);
}

async function isThere(queryRunner: QueryRunner): Promise<boolean> {
  const sql = 'select to_regclass($1) is not null as found';
  const [row] = (await queryRunner.query(sql, [table(queryRunner)])) as { found: boolean }[];
  return row!.found;
}
