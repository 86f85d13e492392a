/** Migrates an application by the list of its own data source, and notes the migrations in TypeORM's own table. */
import type { DataSource } from 'typeorm';
import { Projections } from '../../event-sourcing/index.js';
import { ResolvedOptions } from '../../event-sourcing/options.js';
import { Database } from '../../event-sourcing/postgres/database.js';
import { quoteIdentifier } from '../../event-sourcing/postgres/identifier.js';
import { rowTablesOf, selectMissing } from '../../event-sourcing/doctor/required-tables.js';
import { withMigrationLock } from '../../service/database/migration-lock.js';
import { CommandFailure } from '../command-failure.js';
import type { OpenStore } from '../open-store.js';
import type { Terminal } from '../terminal/terminal.js';

interface MigrateOptions {
  check?: boolean;
}

/** The longest wait for another process that migrates, in ms. */
const WAIT_MS = 600_000;

export async function migrateHost(
  terminal: Terminal,
  store: OpenStore,
  { check = false }: MigrateOptions,
): Promise<void> {
  const dataSource = store.dataSource;
  const names = await (check ? pendingOf(dataSource) : applyTo(store));
  const { schema } = store.get(ResolvedOptions);
  const missing = await missingIn(store);
  const isBehind = missing.length > 0 || (check && names.length > 0);
  if (isBehind) terminal.exitCode = 1;
  const done = check ? 'pending' : 'applied';
  const isTold = terminal.isForProgram || missing.length === 0 || (check && names.length > 0);
  await terminal.result({ schema, migratedBy: 'application', [done]: names, missing }, () => [
    ...names.map((name) => `${done}  ${name}`),
    ...(isBehind ? [] : [terminal.colour('green', `The schema "${schema}" is up to date.`)]),
  ]);
  if (!isTold) throw new CommandFailure(lack(store, missing));
}

/** Names of the migrations that the data source lists and that have not run on its database, oldest first. */
export async function pendingOf(dataSource: DataSource): Promise<string[]> {
  const applied = new Set(await appliedTo(dataSource));
  return dataSource.migrations
    .map(({ name, constructor }) => name ?? constructor.name)
    .filter((name) => !applied.has(name))
    .toSorted((one, other) => timestampOf(one) - timestampOf(other));
}

/** TypeORM orders migrations by the last 13 digits of the name. */
const timestampOf = (name: string) => Number(name.slice(-13));

/** Reads the table itself, because some versions of TypeORM create the table at the first look. */
async function appliedTo(dataSource: DataSource): Promise<string[]> {
  const { migrationsTableName = 'migrations', schema } = dataSource.options as {
    migrationsTableName?: string;
    schema?: string;
  };
  const table = [...(schema === undefined ? [] : [schema]), migrationsTableName]
    .map(quoteIdentifier)
    .join('.');
  const [row] = await dataSource.query<{ found: boolean }[]>('select to_regclass($1) is not null as found', [
    table,
  ]);
  if (!row!.found) return [];
  const rows = await dataSource.query<{ name: string }[]>(`select name from ${table}`);
  return rows.map(({ name }) => name);
}

/** The lock needs a connection beside that of the migrations, so a pool of one works without the lock. */
async function applyTo(store: OpenStore): Promise<string[]> {
  const { dataSource, poolSize } = store.get(Database);
  const apply = async () => {
    const { migrationsTransactionMode: transaction } = dataSource.options;
    const applied = await dataSource.runMigrations(transaction === undefined ? {} : { transaction });
    return applied.map(({ name }) => name);
  };
  if ((await pendingOf(dataSource)).length === 0) return [];
  return poolSize > 1 ? withMigrationLock(dataSource, WAIT_MS, apply) : apply();
}

/** Tables and functions of the event store, and tables of read models. */
async function missingIn(store: OpenStore): Promise<string[]> {
  const dataSource = store.dataSource;
  const tables = store
    .get(Projections)
    .foldings.flatMap((folding) => rowTablesOf(folding).map(([name]) => name));
  const rows = await dataSource.query<{ name: string }[]>(
    'select distinct name from unnest($1::text[]) as name where to_regclass(name) is null order by name',
    [tables],
  );
  return [...(await selectMissing(dataSource, store.get(ResolvedOptions))), ...rows.map(({ name }) => name)];
}

function lack(store: OpenStore, missing: readonly string[]): string {
  const { schema } = store.get(ResolvedOptions);
  const argument = schema === 'eventfold' ? '' : `'${schema}'`;
  return (
    `all migrations that the data source of the application lists have run, and the database lacks ${missing.join(', ')}. ` +
    `Add ...migrationsFor(${argument}) of "nest-eventfold/migrations", and the migrations of the read models, to its "migrations".`
  );
}
