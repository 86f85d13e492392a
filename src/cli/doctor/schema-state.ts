import type { DataSource } from 'typeorm';
import { pendingMigrations } from '../../service/database/migrate.js';
import { type CheckResult, resultOf, type Seen } from '../../event-sourcing/doctor/check.js';
import type { ResolvedOptions } from '../../event-sourcing/options.js';
import { sqlStateOf } from '../../event-sourcing/postgres/sql-state.js';
import { hasForeignLog } from '../foreign-log.js';

const MIGRATIONS = { name: 'migrations', right: 'all of this version have run' };

/** The tables of the service's read models. Only the code of a read model knows its tables. */
const ROW_TABLES = ['user_profiles', 'content_popularity'];

const INSUFFICIENT_PRIVILEGE = '42501';

export async function examineMigrations(
  dataSource: DataSource,
  options: ResolvedOptions,
): Promise<CheckResult> {
  try {
    return resultOf(MIGRATIONS, await migrationsSeen(dataSource, options));
  } catch (error) {
    if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    const table = options.qualified('migrations');
    const says = `The role may not read ${table}, by which the service sees what is to be migrated.`;
    const cure = `As the owner: grant usage on schema ${options.quotedSchema} and select on ${table} to it.`;
    return resultOf(MIGRATIONS, { value: 'not readable', finding: { severity: 'wrong', says, cure } });
  }
}

/**
 * The migrations. An application that imports the package notes its own in its own table; the check `tables` then finds
 * what is missing.
 */
async function migrationsSeen(dataSource: DataSource, options: ResolvedOptions): Promise<Seen> {
  if (await hasForeignLog(dataSource, options)) return { value: 'those of an application' };
  const pending = await pendingMigrations(dataSource, options.schema);
  if (pending.length === 0) return { value: 'up to date' };
  const says = `Migrations are pending in the schema "${options.schema}": ${pending.join(', ')}.`;
  const cure =
    'Run "eventfold migrate", or start the service as a role that may do it: it migrates at its start.';
  return { value: `${pending.length} pending`, finding: { severity: 'wrong', says, cure } };
}

/** The existing tables of the service's read models. */
export async function selectRowTables(dataSource: DataSource, options: ResolvedOptions): Promise<string[]> {
  const rows = await dataSource.query<{ name: string }[]>(
    `select $1 || '.' || quote_ident(relname) as name from pg_class
      where relnamespace = to_regnamespace($1) and relkind in ('r', 'p') and relname = any ($2::text[])
      order by relname`,
    [options.quotedSchema, ROW_TABLES],
  );
  return rows.map(({ name }) => name);
}
