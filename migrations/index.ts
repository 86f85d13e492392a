import type { MigrationInterface, QueryRunner } from 'typeorm';
import { EventLog1763800000001 } from './1763800000001-event-log.js';
import { Projections1763800000002 } from './1763800000002-projections.js';
import { UserProfile1763800000003 } from './1763800000003-user-profile.js';
import { ContentPopularity1763800000004 } from './1763800000004-content-popularity.js';
import { AppendTogether1763800000005 } from './1763800000005-append-together.js';
import { Snapshots1763800000006 } from './1763800000006-snapshots.js';
import { AppendColumns1763800000007 } from './1763800000007-append-columns.js';
import { ProjectionWork1763800000008 } from './1763800000008-projection-work.js';
import { RebuildStates1763800000009 } from './1763800000009-rebuild-states.js';
import { FixedSearchPath1763800000020 } from './1763800000020-fixed-search-path.js';
import { AppendLock1763800000030 } from './1763800000030-append-lock.js';
import { AppendLockAlone1763800000031 } from './1763800000031-append-lock-alone.js';
import { RecordingTime1763800000040 } from './1763800000040-recording-time.js';
import { LogEnd1763800000050 } from './1763800000050-log-end.js';
import { StreamVersionOnce1763800000060 } from './1763800000060-stream-version-once.js';
import { Operations1763800000070 } from './1763800000070-operations.js';
import { Processes1763800000080 } from './1763800000080-processes.js';
import { Timers1763800000090 } from './1763800000090-timers.js';
import { ProcessManagers1763800000100 } from './1763800000100-process-managers.js';
import { Reactions1763800000110 } from './1763800000110-reactions.js';
import { SubjectKeys1763800000120 } from './1763800000120-subject-keys.js';
import { Erasures1763800000130 } from './1763800000130-erasures.js';
import { ProfileSamples1763800000131 } from './1763800000131-profile-samples.js';
import { CommandsByProcess1763800000140 } from './1763800000140-commands-by-process.js';
import { FailureSamples1763800000150 } from './1763800000150-failure-samples.js';
import { AppliedErasures1763800000160 } from './1763800000160-applied-erasures.js';
import { PersonalFence1763800000170 } from './1763800000170-personal-fence.js';
import { CheckpointSamples1763800000171 } from './1763800000171-checkpoint-samples.js';
import { OwnSchema1763800000000 } from './own-schema.js';
import { resolveOptions } from '../src/event-sourcing/options/resolve-options.js';
import { flag, type Rule } from '../src/event-sourcing/options/rules.js';
import { DROPS_TABLES } from '../src/event-sourcing/postgres/drop-schema.js';
import { SCHEMA_NAME } from '../src/event-sourcing/options/schema-name.js';
import { forgetApplied, isApplied, noteApplied } from './applied.js';
import { inSchema, quoted } from './schema.js';

/** In the order in which they run. A migration is never edited after it landed: what changes is a new one. */
export const migrations: MigrationClass[] = [
  EventLog1763800000001,
  Projections1763800000002,
  UserProfile1763800000003,
  ContentPopularity1763800000004,
  AppendTogether1763800000005,
  Snapshots1763800000006,
  AppendColumns1763800000007,
  ProjectionWork1763800000008,
  RebuildStates1763800000009,
  FixedSearchPath1763800000020,
  AppendLock1763800000030,
  AppendLockAlone1763800000031,
  RecordingTime1763800000040,
  StreamVersionOnce1763800000060,
  Operations1763800000070,
  Processes1763800000080,
  Timers1763800000090,
  ProcessManagers1763800000100,
  Reactions1763800000110,
  SubjectKeys1763800000120,
  Erasures1763800000130,
  ProfileSamples1763800000131,
  CommandsByProcess1763800000140,
  FailureSamples1763800000150,
  PersonalFence1763800000170,
  CheckpointSamples1763800000171,
];

/** The migrations of a database with projections and without a log, besides those of modules. */
const WITHOUT_LOG = [
  LogEnd1763800000050,
  Operations1763800000070,
  Processes1763800000080,
  Reactions1763800000110,
  AppliedErasures1763800000160,
  CheckpointSamples1763800000171,
];

/** What `migrations` of TypeORM's data source options takes. */
export type MigrationClass = new () => MigrationInterface;

const OF_MODULES = {
  'user-profile': [UserProfile1763800000003, ProfileSamples1763800000131],
  'content-popularity': [ContentPopularity1763800000004],
} satisfies Record<string, MigrationClass[]>;

/** A module of Eventfold with tables of its own; the others have none. */
export type ModuleWithTables = keyof typeof OF_MODULES;

/** All of them. */
export const MODULES_WITH_TABLES = Object.keys(OF_MODULES) as ModuleWithTables[];

export interface MigrationsOptions {
  /** As in `EventSourcingModule.forRoot({ schema })`. Default: `eventfold`. */
  schema?: string | undefined;
  /** The modules of Eventfold that the application imports, of those that have tables. Default: none. */
  modules?: readonly ModuleWithTables[] | undefined;
  /**
   * Whether the log is in this database. Default: true. With false there are only the tables that projections need
   * where `EventSourcingModule.forRoot({ log })` takes the events from a stream.
   */
  log?: boolean | undefined;
}

type ResolvedMigrations = { [Name in keyof MigrationsOptions]-?: NonNullable<MigrationsOptions[Name]> };

const MODULES: Rule<readonly ModuleWithTables[]> = {
  byDefault: [],
  says: `an array of ${MODULES_WITH_TABLES.join(' and ')}; other modules have no tables`,
  accepts: (value) => Array.isArray(value) && value.every((each) => MODULES_WITH_TABLES.includes(each)),
};

const RULES: Record<keyof MigrationsOptions, Rule> = {
  schema: SCHEMA_NAME,
  modules: MODULES,
  log: flag(true),
};

/**
 * The migrations for the `migrations` of an application's own data source. They make the schema, the tables of the core
 * and those of the modules that are named, whatever the data source has as its own schema and its table of migrations.
 * A module may be named later: what is missing is made then. One that is not named any more keeps its tables.
 *
 * Their names begin with the schema, so that one data source can have those of several stores. What the service has
 * done in that schema before is not done again.
 *
 * @param options those, or the schema alone
 * @throws InvalidOptionsError
 */
export function migrationsFor(options: string | MigrationsOptions = {}): MigrationClass[] {
  const given = typeof options === 'string' ? { schema: options } : options;
  const { schema, modules, log } = resolveOptions(given, RULES, 'migrationsFor') as ResolvedMigrations;
  const ofModules = (names: readonly ModuleWithTables[]): MigrationClass[] =>
    names.flatMap((name) => OF_MODULES[name]);
  const others = ofModules(MODULES_WITH_TABLES.filter((name) => !modules.includes(name)));
  const chosen = log
    ? migrations.filter((migration) => !others.includes(migration))
    : [...ofModules(modules), ...WITHOUT_LOG];
  return [OwnSchema1763800000000, ...chosen].map((migration) => migrationIn(schema, migration));
}

function migrationIn(schema: string, migration: MigrationClass): MigrationClass {
  return class MigrationInSchema implements MigrationInterface {
    private readonly migration = new migration();
    readonly name = `${schema}.${migration.name}`;

    /** @throws Error when the data source drops tables at its start, and when what it would make is there already */
    async up(queryRunner: QueryRunner): Promise<void> {
      requireTablesKept(queryRunner);
      if (await isDoneByService(queryRunner, schema, this.migration.name!)) return;
      await inSchema(queryRunner, schema, async () => {
        if (await isApplied(queryRunner, this.migration.name!)) return;
        await this.migration.up(queryRunner).catch((error: unknown) => explain(error, schema));
        await noteApplied(queryRunner, this.migration.name!);
      });
    }

    down(queryRunner: QueryRunner): Promise<void> {
      return inSchema(queryRunner, schema, async () => {
        await forgetApplied(queryRunner, this.migration.name!); // first: the last one drops the schema
        await this.migration.down(queryRunner);
      });
    }
  };
}

function requireTablesKept(queryRunner: QueryRunner): void {
  const { options } = queryRunner.dataSource ?? queryRunner.connection; // TypeORM 0.3 has the latter alone
  if (options.dropSchema) throw new Error(DROPS_TABLES);
}

/** `duplicate_table`, `duplicate_function` and `duplicate_object`. */
const IS_THERE = new Set(['42P07', '42723', '42710']);

function explain(error: unknown, schema: string): never {
  if (!IS_THERE.has((error as { code?: string }).code ?? '')) throw error;
  throw new Error(
    `The schema "${schema}" has what a migration of Eventfold would make, and the table of migrations of the data ` +
      `source does not list it (${(error as Error).message}). Restore that table of migrations from a backup; or, if ` +
      `nobody needs the events, run "drop schema ${quoted(schema)} cascade" and migrate again.`,
    { cause: error },
  );
}

/** The service notes its migrations in its own schema. */
async function isDoneByService(queryRunner: QueryRunner, schema: string, name: string): Promise<boolean> {
  const table = `${quoted(schema)}."migrations"`;
  const [found] = await queryRunner.query('select to_regclass($1) is not null as found', [table]);
  if (!found.found) return false;
  const rows: unknown[] = await queryRunner.query(`select from ${table} where name = $1`, [name]);
  return rows.length > 0;
}
