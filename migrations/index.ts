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
import { OwnSchema1763800000000 } from './own-schema.js';
import { inSchema } from './schema.js';

/** In the order in which they run. A migration is never edited after it landed: what changes is a new one. */
export const migrations = [
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
];

/** What `migrations` of TypeORM's data source options takes. */
export type MigrationClass = new () => MigrationInterface;

/**
 * The migrations for the `migrations` of an application's own data source. They make the schema and all of Eventfold's
 * tables in it, whatever the data source has as its own schema and its table of migrations. Their names begin with the
 * schema, so that one data source can have those of several stores. What the service has done in that schema before is
 * not done again.
 *
 * @param schema as in `EventSourcingModule.forRoot({ schema })`
 */
export function migrationsFor(schema = 'eventfold'): MigrationClass[] {
  return [OwnSchema1763800000000, ...migrations].map((migration) => migrationIn(schema, migration));
}

function migrationIn(schema: string, migration: MigrationClass): MigrationClass {
  return class MigrationInSchema implements MigrationInterface {
    private readonly migration = new migration();
    readonly name = `${schema}.${migration.name}`;

    async up(queryRunner: QueryRunner): Promise<void> {
      if (await isDoneByService(queryRunner, schema, this.migration.name!)) return;
      await inSchema(queryRunner, schema, () => this.migration.up(queryRunner));
    }

    down(queryRunner: QueryRunner): Promise<void> {
      return inSchema(queryRunner, schema, () => this.migration.down(queryRunner));
    }
  };
}

/** The service notes its migrations in its own schema. */
async function isDoneByService(queryRunner: QueryRunner, schema: string, name: string): Promise<boolean> {
  const table = `"${schema.replaceAll('"', '""')}"."migrations"`;
  const [found] = await queryRunner.query('select to_regclass($1) is not null as found', [table]);
  if (!found.found) return false;
  const rows: unknown[] = await queryRunner.query(`select from ${table} where name = $1`, [name]);
  return rows.length > 0;
}
