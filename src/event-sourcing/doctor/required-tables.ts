/**
 * The start checks that the database has the tables and functions of this version. Otherwise a host that has forgotten
 * the migrations would start, and its first command would fail with "relation does not exist". The doctor includes this
 * check.
 */
import { EventfoldError } from '../errors.js';
import type { ResolvedOptions } from '../options.js';
import type { Statements } from '../postgres/database.js';
import type { Folding } from '../projection/declare/folding.js';

/** The tables that every process needs, also one without a log. */
const TABLES_OF_PROJECTIONS = [
  'operations',
  'parked_keys',
  'processes',
  'projection_checkpoints',
  'projection_rebuild_history',
  'projection_rebuilds',
  'projection_workers',
  'projections',
  'skipped_events',
  'waiting_events',
];

/** The tables that the migrations create for the core, without those of read models. */
export const TABLES = [
  'append_lock',
  'erasure_steps',
  'erasures',
  'events',
  'idempotency_keys',
  'log_seals',
  'master_keys',
  'process_commands',
  'process_instances',
  'snapshots',
  'subject_keys',
  'timer_pace',
  'timers',
  ...TABLES_OF_PROJECTIONS,
];

/** The functions that the migrations create, without those of triggers. */
export const FUNCTIONS = [
  'append_events',
  'append_one',
  'append_together',
  'append_within',
  'guard_personal',
  'open_events_for_sealing',
  'read_tail',
  'recording_time',
  'refuse_erased',
] as const;

/** Further tables of a database without a log. */
const OF_REMOTES = ['log_end', 'applied_erasures'];

/** The tables and functions that a process needs, for the lists of `NAMED_TABLES` and `MISSING`. */
export const neededBy = ({
  hasLog,
}: {
  hasLog: boolean;
}): readonly [tables: string[], functions: string[]] =>
  hasLog ? [TABLES, [...FUNCTIONS]] : [[...OF_REMOTES, ...TABLES_OF_PROJECTIONS], []];

/** The database lacks tables or functions of the event store, or a table of a read model. */
export class MissingTablesError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'missing-tables';

  constructor(
    message: string,
    /** The missing objects: tables and functions of the schema by name, tables of read models as written in SQL. */
    readonly missing: readonly string[],
  ) {
    super(message);
  }
}

/**
 * @param missing the missing tables and functions of the core, and the missing tables of these projections and
 * reactions
 * @throws MissingTablesError when something is missing
 */
export function requireTables(
  schema: string,
  foldings: readonly Folding[],
  missing: readonly string[],
): void {
  const rowTables = new Map(foldings.flatMap(rowTablesOf));
  const ofCore = missing.filter((name) => !rowTables.has(name));
  if (ofCore.length > 0) throw new MissingTablesError(withoutCore(schema, ofCore), ofCore);
  const [table] = missing;
  if (table !== undefined) throw new MissingTablesError(withoutRows(table, rowTables.get(table)!), missing);
}

export const rowTablesOf = (folding: Folding): [table: string, projection: string][] =>
  folding.tables('live').map(({ table }) => [table.name, folding.name]);

/**
 * The tables of the core and of read models, with their `id`, or null for a missing one. $1: the schema, quoted. $2:
 * its tables. $4: tables as written in SQL. It does not use `to_regclass` for $2, which fails when the role has no
 * usage of the schema.
 */
export const NAMED_TABLES = `
  select c.oid as id, name, $1 || '.' || quote_ident(name) as qualified
    from unnest($2::text[]) as name
    left join pg_class c on c.relname = name and c.relnamespace = to_regnamespace($1)
   union all
  select case when cardinality(parse_ident(name)) = 1 then to_regclass(name)::oid
              else (select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
                     where n.nspname = (parse_ident(name))[1] and c.relname = (parse_ident(name))[2]) end,
         name, name
    from unnest($4::text[]) as name`;

/** The names of missing tables, from `named`, and of missing functions. $3: functions of the schema. */
export const MISSING = `
  select name from named where id is null
   union all
  select name from unnest($3::text[]) as name
   where not exists (select from pg_proc where proname = name and pronamespace = to_regnamespace($1))`;

/** The tables and functions of the core that the database lacks. */
export async function selectMissing(statements: Statements, options: ResolvedOptions): Promise<string[]> {
  const rows = await statements.query<{ name: string }[]>(`with named as (${NAMED_TABLES}) ${MISSING}`, [
    options.quotedSchema,
    ...neededBy(options),
    [],
  ]);
  return rows.map(({ name }) => name);
}

/** The consequence of missing tables and functions, and the remedy. */
export function lackOfTables(schema: string, missing: readonly string[]) {
  const isRemote = OF_REMOTES.some((table) => missing.includes(table));
  const named = schema === 'eventfold' ? '' : `'${schema}'`;
  const argument = isRemote ? `{ schema: '${schema}', log: false }` : named;
  const lacks = missing.includes('events')
    ? `The schema "${schema}" of the database has no event log`
    : `The schema "${schema}" of the database lacks what this version of Eventfold needs (${missing.join(', ')})`;
  return {
    says: `${lacks}: its migrations have not run.`,
    cure:
      `Either add ...migrationsFor(${argument}) of "nest-eventfold/migrations" to the ` +
      '"migrations" of the TypeORM data source and run them, at each start with "migrationsRun: true". ' +
      (isRemote ? '' : `Or run "npx eventfold migrate", with DATABASE_URL and DATABASE_SCHEMA=${schema}. `) +
      'If the log is in another schema, name it in EventSourcingModule.forRoot({ schema }). ' +
      'If the schema was dropped after they had run, delete them from the table of migrations first: ' +
      `those whose name begins with "${schema}.".`,
  };
}

function withoutCore(schema: string, missing: readonly string[]): string {
  const { says, cure } = lackOfTables(schema, missing);
  return `${says} ${cure}`;
}

const withoutRows = (table: string, projection: string) =>
  `The database has no table ${table}, into which the projection "${projection}" folds. ` +
  'Either run the migration that creates it, from the "migrations" of the TypeORM data source; ' +
  'for a module of Eventfold, name the module: migrationsFor({ modules: ["user-profile"] }). ' +
  'Or correct the name or schema of its entity.';
