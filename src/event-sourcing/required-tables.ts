/**
 * The start looks whether the database has what this version works with. Without this look a host that has forgotten the
 * migrations starts, and its first command fails with "relation does not exist". The look costs one query of the catalog.
 */
import { EventfoldError } from './errors.js';
import type { ResolvedOptions } from './options.js';
import type { Statements } from './postgres/database.js';
import type { Folding } from './projection/folding.js';
import { isTransient } from './transient-failure.js';

/** The tables that the migrations make for the core, without those of read models. */
export const TABLES = [
  'append_lock',
  'events',
  'idempotency_keys',
  'parked_keys',
  'projection_checkpoints',
  'projection_rebuilds',
  'projection_workers',
  'projections',
  'skipped_events',
  'snapshots',
  'waiting_events',
] as const;

/** The functions that the migrations make, without those of triggers. */
export const FUNCTIONS = [
  'append_events',
  'append_one',
  'append_together',
  'append_within',
  'read_tail',
  'recording_time',
] as const;

/** The database lacks tables or functions of the event store, or a table of a read model. */
export class MissingTablesError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'missing-tables';

  constructor(
    message: string,
    /** What is missing: tables and functions of the schema by their name, tables of read models as SQL has them. */
    readonly missing: readonly string[],
  ) {
    super(message);
  }
}

/**
 * @param foldings the projections and reactions of this process
 * @throws MissingTablesError when something is missing; nothing when the database is away, for which the start waits
 */
export async function requireTables(
  statements: Statements,
  options: ResolvedOptions,
  foldings: readonly Folding[],
): Promise<void> {
  const rowTables = new Map(foldings.flatMap(rowTablesOf));
  const missing = await selectMissing(statements, options, [...rowTables.keys()]).catch((error: unknown) => {
    if (isTransient(error)) return [];
    throw error;
  });
  const ofCore = missing.filter((name) => !rowTables.has(name));
  if (ofCore.length > 0) throw new MissingTablesError(withoutCore(options.schema, ofCore), ofCore);
  const [table] = missing;
  if (table !== undefined) throw new MissingTablesError(withoutRows(table, rowTables.get(table)!), missing);
}

const rowTablesOf = (folding: Folding): [table: string, projection: string][] =>
  folding.tables('live').map(({ table }) => [table.name, folding.name]);

/**
 * The tables and functions that the database lacks.
 *
 * @param rowTables of read models, as SQL has them
 */
export async function selectMissing(
  statements: Statements,
  options: ResolvedOptions,
  rowTables: readonly string[] = [],
): Promise<string[]> {
  const rows = await statements.query<{ name: string }[]>(
    `select name from unnest($2::text[]) as name where to_regclass($1 || '.' || name) is null
      union all
     select name from unnest($3::text[]) as name
      where not exists (select from pg_proc where proname = name and pronamespace = to_regnamespace($1))
      union all
     select name from unnest($4::text[]) as name where to_regclass(name) is null`,
    [options.quotedSchema, TABLES, FUNCTIONS, rowTables],
  );
  return rows.map(({ name }) => name);
}

function withoutCore(schema: string, missing: readonly string[]): string {
  const argument = schema === 'eventfold' ? '' : `'${schema}'`;
  const lacks = missing.includes('events')
    ? `The schema "${schema}" of the database has no event log`
    : `The schema "${schema}" of the database lacks what this version of Eventfold needs (${missing.join(', ')})`;
  return (
    `${lacks}: its migrations have not run. Either add ...migrationsFor(${argument}) of "nest-eventfold/migrations" to the ` +
    '"migrations" of the TypeORM data source and run them, at each start with "migrationsRun: true". ' +
    `Or run "npx eventfold migrate", with DATABASE_URL and DATABASE_SCHEMA=${schema}. ` +
    'If the log is in another schema, name it in EventSourcingModule.forRoot({ schema }).'
  );
}

const withoutRows = (table: string, projection: string) =>
  `The database has no table ${table}, into which the projection "${projection}" folds. Either run the migration that ` +
  'makes it: it belongs to the "migrations" of the TypeORM data source. Or correct the name or schema of its entity.';
