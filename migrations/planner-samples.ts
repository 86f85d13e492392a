import type { QueryRunner } from 'typeorm';

/**
 * Makes `analyze` take no samples of columns, and drops those that it has taken. They go when the type of a column is
 * set, also to the same one, which reads and writes no row. PostgreSQL refuses that for a column of which a view is
 * made: its old samples then stay.
 */
export async function withoutSamples(
  queryRunner: QueryRunner,
  table: string,
  columns: readonly string[],
): Promise<void> {
  for (const column of columns) {
    await queryRunner.query(`alter table ${table} alter column ${column} set statistics 0`);
    await queryRunner.query(`
      do $$ begin
        execute (select format('alter table ${table} alter column ${column} type %s', format_type(atttypid, atttypmod))
                   from pg_attribute where attrelid = '${table}'::regclass and attname = '${column}');
      exception when feature_not_supported then null;
      end $$`);
  }
}

/** Samples as before. */
export async function sampled(
  queryRunner: QueryRunner,
  table: string,
  columns: readonly string[],
): Promise<void> {
  for (const column of columns) {
    await queryRunner.query(`alter table ${table} alter column ${column} set statistics -1`);
  }
}
