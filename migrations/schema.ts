import type { QueryRunner } from 'typeorm';

/** The schemas of migrations under way that belong to another one than their data source. */
const chosen = new WeakMap<QueryRunner, string>();

/** Runs a migration in a schema of its own, whatever the data source has for its other tables. */
export async function inSchema(
  queryRunner: QueryRunner,
  schema: string,
  migrate: () => Promise<void>,
): Promise<void> {
  chosen.set(queryRunner, schema);
  try {
    await migrate();
  } finally {
    chosen.delete(queryRunner);
  }
}

/** The schema Eventfold's tables live in, quoted for SQL: the one chosen, or that of the data source that migrates. */
export function quotedSchema(queryRunner: QueryRunner): string {
  const { options } = queryRunner.dataSource ?? queryRunner.connection; // TypeORM 0.3 has the latter alone
  const own = 'schema' in options && typeof options.schema === 'string' ? options.schema : 'eventfold';
  return quoted(chosen.get(queryRunner) ?? own);
}

export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
