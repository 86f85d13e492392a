import type { DataSource } from 'typeorm';

const LOCK = 'eventfold.migrate';

/**
 * Brings the schema up to date. Any number of instances may start at the same moment: one migrates, the others wait.
 * The lock belongs to a transaction, so that it also holds behind a pooler that shares connections.
 */
export async function migrate(dataSource: DataSource, schema: string): Promise<string[]> {
  return dataSource.transaction(async (lockHolder) => {
    await lockHolder.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [LOCK]);
    // So that a user who may create nothing can start a service whose schema is up to date.
    if ((await pendingMigrations(dataSource, schema)).length === 0) return [];
    await dataSource.query(`create schema if not exists "${schema}"`);
    const applied = await dataSource.runMigrations({ transaction: 'each' });
    return applied.map(({ name }) => name);
  });
}

/** Names of the migrations that the schema has not seen, oldest first. */
export async function pendingMigrations(dataSource: DataSource, schema: string): Promise<string[]> {
  const table = `"${schema}"."migrations"`;
  const [row] = await dataSource.query<{ found: boolean }[]>('select to_regclass($1) is not null as found', [
    table,
  ]);
  const applied = row!.found ? await dataSource.query<{ name: string }[]>(`select name from ${table}`) : [];
  const seen = new Set(applied.map(({ name }) => name));
  return dataSource.migrations
    .map(({ name, constructor }) => name ?? constructor.name)
    .filter((name) => !seen.has(name));
}
