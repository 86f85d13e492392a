import type { DataSource } from 'typeorm';
import { withMigrationLock } from './migration-lock.js';

/** A migration of a large log may take minutes. */
const WAIT_MS = 600_000;

/**
 * Brings the schema up to date. Any number of instances may start at the same moment: one instance migrates, the others
 * wait, for ten minutes at most.
 *
 * @throws MigrationLockError that names the session that holds the lock
 */
export async function migrate(dataSource: DataSource, schema: string, waitMs = WAIT_MS): Promise<string[]> {
  // A schema that is up to date needs no right to create and no lock, which another session might hold.
  if ((await pendingMigrations(dataSource, schema)).length === 0) return [];
  return withMigrationLock(dataSource, waitMs, async () => {
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
