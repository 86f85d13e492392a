/** A host that lacks a migration gets one error at its start, and not an error at its first command. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { migrationsFor, MODULES_WITH_TABLES } from '../../migrations/index.js';
import {
  type EventSourcingOptions,
  EventSourcingModule,
  MissingTablesError,
  Rehearsal,
} from '../../src/event-sourcing/index.js';
import { FUNCTIONS, TABLES } from '../../src/event-sourcing/doctor/required-tables.js';
import { UserProfileModule } from '../../src/user-profile/user-profile.module.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { hostDataSource, hostModule } from '../support/hosts/web-host.js';

const all = migrationsFor({ modules: MODULES_WITH_TABLES });

let database: TestDatabase;
beforeEach(async () => (database = await createEmptyDatabase()));
afterEach(() => database.drop());

/** Starts the host as a worker, with some of the migrations. */
async function start(
  options: EventSourcingOptions = {},
  ours: ReturnType<typeof migrationsFor> = [],
): Promise<Awaited<ReturnType<typeof NestFactory.createApplicationContext>>> {
  Logger.overrideLogger(false);
  const host = hostModule(
    [hostDataSource(database, { migrations: ours })],
    [EventSourcingModule.forRoot(options), UserProfileModule],
  );
  return NestFactory.createApplicationContext(host, { logger: false, abortOnError: false });
}

const refusal = (options?: EventSourcingOptions, ours?: ReturnType<typeof migrationsFor>) =>
  start(options, ours).then(
    async (app) => {
      await app.close();
      throw new Error('The host has started.');
    },
    (error: MissingTablesError) => error,
  );

describe('a host without tables', () => {
  it.each([
    ['that folds', true],
    ['that only appends', false],
  ])('%s does not start, and says what is missing and how to make it', async (_, projections) => {
    const error = await refusal({ schema: 'ledger', projections });
    expect(error).toBeInstanceOf(MissingTablesError);
    expect(error.message).toContain('The schema "ledger" of the database has no event log');
    expect(error.message).toContain(`...migrationsFor('ledger')`);
    expect(error.message).toContain('"npx eventfold migrate", with DATABASE_URL and DATABASE_SCHEMA=ledger');
    expect(error.message).not.toMatch(/relation|does not exist|\n/);
  });

  it('names what an older version has not made', async () => {
    const error = await refusal({}, all.slice(0, 6));
    expect(error.missing).toEqual(
      expect.arrayContaining(['append_one', 'projection_workers', 'snapshots', 'read_tail']),
    );
    expect(error.message).toContain('lacks what this version of Eventfold needs (');
  });

  it('names the read model whose table nothing has made', async () => {
    await (await start({}, all)).close();
    await database.query('drop table eventfold.user_profiles');
    const error = await refusal();
    expect(error.message).toContain(
      'no table "eventfold"."user_profiles", into which the projection "user-profile"',
    );
    expect(error.missing).toEqual(['"eventfold"."user_profiles"']);
  });

  it('is told which migrations make the table of a module that it imports', async () => {
    const error = await refusal({}, migrationsFor());
    expect(error.missing).toEqual(['"eventfold"."user_profiles"']);
    expect(error.message).toContain('migrationsFor({ modules: ["user-profile"] })');
    await (await start({}, migrationsFor({ modules: ['user-profile'] }))).close();
  });

  it('starts for a rehearsal, which needs no table but the log', async () => {
    await (await start({}, all)).close();
    await database.query('drop table eventfold.user_profiles');
    const app = await start({ requireTables: false, projections: false });
    expect(await app.get(Rehearsal).run()).toMatchObject({ ok: true, head: 0 });
    await app.close();
  });
});

it('is held against all that the migrations make', async () => {
  const migrated = await createTestDatabase();
  const made = await migrated.query<{ name: string }>(
    `select relname as name from pg_class
      where relnamespace = 'eventfold'::regnamespace and relkind = 'r'
        and relname not in ('migrations', 'user_profiles', 'content_popularity', 'content_viewers')
     union
     select proname from pg_proc where pronamespace = 'eventfold'::regnamespace and prorettype <> 'trigger'::regtype`,
  );
  await migrated.drop();
  expect(made.map(({ name }) => name).toSorted()).toEqual([...TABLES, ...FUNCTIONS].toSorted());
});
