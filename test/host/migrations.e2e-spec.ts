/** Eventfold's tables in the database of an application with its own migrations, schema and `synchronize`. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Column, DataSource, type DataSourceOptions, Entity, PrimaryGeneratedColumn } from 'typeorm';
import {
  type MigrationClass,
  migrations,
  migrationsFor,
  MODULES_WITH_TABLES,
} from '../../migrations/index.js';
import { ContentPopularityModule } from '../../src/content-popularity/content-popularity.module.js';
import { dataSourceOptions } from '../../src/service/database/data-source-options.js';
import { migrate } from '../../src/service/database/migrate.js';
import { ResolvedOptions } from '../../src/event-sourcing/for-service.js';
import { EventSourcingModule } from '../../src/event-sourcing/index.js';
import { UserProfileModule } from '../../src/user-profile/user-profile.module.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';
import { hostDataSource, hostModule, startWebHost } from '../support/hosts/web-host.js';

@Entity('orders')
class Order {
  @PrimaryGeneratedColumn() id: number;
  @Column('text') customer: string;
}

let database: TestDatabase;
let opened: DataSource[] = [];

beforeEach(async () => (database = await createEmptyDatabase()));
afterEach(async () => {
  for (const dataSource of opened) await dataSource.destroy();
  opened = [];
  await database.drop();
});

async function open(options: Partial<DataSourceOptions>): Promise<DataSource> {
  const dataSource = new DataSource({
    ...(hostDataSource(database) as DataSourceOptions),
    migrationsRun: false,
    ...options,
  } as DataSourceOptions);
  opened.push(await dataSource.initialize());
  return dataSource;
}

const all = (schema: string) => migrationsFor({ schema, modules: MODULES_WITH_TABLES });

/** All objects of a schema, without their owner and the user who migrated it. */
async function contents(schema: string): Promise<string[]> {
  const rows = await database.query<{ what: string }>(
    `select format('%s %s', relkind, relname) as what from pg_class
      where relnamespace = to_regnamespace($1)
     union all
     select format('column %s.%s %s %s', table_name, column_name, data_type, is_nullable)
       from information_schema.columns where table_schema = $1
     union all
     select 'index ' || replace(indexdef, schemaname || '.', '') from pg_indexes where schemaname = $1
     union all
     select 'function ' || oid::regprocedure::text from pg_proc where pronamespace = to_regnamespace($1)
     union all
     select format('constraint %s %s', conname, pg_get_constraintdef(oid)) from pg_constraint
      where connamespace = to_regnamespace($1)`,
    [schema],
  );
  return rows
    .map(({ what }) => what.replaceAll(`${schema}.`, ''))
    .filter((what) => !/migrations|PK_/.test(what))
    .toSorted();
}

describe('the migrations in a host', () => {
  it.each([
    ['with no schema of its own', {}],
    ['with a schema of its own', { schema: 'shop', migrationsTableName: 'schema_versions' }],
    ['that runs each in a transaction', { migrationsTransactionMode: 'each' }],
    ['that runs them in none', { migrationsTransactionMode: 'none' }],
  ] as const)('%s make what the service makes, once', async (_host, options) => {
    if ('schema' in options) await database.query('create schema shop');
    const host = await open({ ...options, migrations: all('ledger') });
    expect(await host.runMigrations()).toHaveLength(migrations.length + 1);
    expect(await host.runMigrations()).toEqual([]);
    const service = new DataSource(dataSourceOptions(database.url, 'eventfold', 2));
    opened.push(await service.initialize());
    await migrate(service, 'eventfold');
    const made = await contents('ledger');
    expect(made.length).toBeGreaterThan(100);
    expect(made).toEqual(await contents('eventfold'));
  });

  it('go down again to nothing, and up again', async () => {
    const host = await open({ migrations: all('ledger') });
    for (let round = 0; round < 2; round++) {
      const applied = await host.runMigrations();
      for (const _ of applied) await host.undoLastMigration();
      expect(await database.query(`select from pg_namespace where nspname = 'ledger'`)).toEqual([]);
      expect(await database.query('select from public.host_migrations')).toEqual([]);
    }
    expect(await host.runMigrations()).toHaveLength(migrations.length + 1);
  });

  it("go down and leave a schema that has a table of the host's", async () => {
    const host = await open({ migrations: all('ledger') });
    const applied = await host.runMigrations();
    await database.query('create table ledger.kept (id integer)');
    for (const _ of applied) await host.undoLastMigration();
    expect(await contents('ledger')).toEqual(['column kept.id integer YES', 'r kept']);
  });

  it('make several stores, whose names no identifier has to suit', async () => {
    const schemas = ['ledger', 'South "West"'];
    const host = await open({ migrations: schemas.flatMap(all) });
    await host.runMigrations();
    const found = await database.query('select from pg_namespace where nspname = any ($1)', [schemas]);
    expect(found).toHaveLength(2);
    const [, append] = await database.query(`select 1 from pg_proc where proname = 'append_one'`);
    expect(append).toBeDefined();
  });

  it('leave alone what the service has done in the schema', async () => {
    const service = new DataSource(dataSourceOptions(database.url, 'eventfold', 2));
    opened.push(await service.initialize());
    await migrate(service, 'eventfold');
    const before = await contents('eventfold');
    const host = await open({});
    await host.runMigrations();
    expect(await contents('eventfold')).toEqual(before);
  });

  it("refuse a schema that PostgreSQL would prefer to the host's own", async () => {
    const [user] = await database.query<{ name: string }>('select current_user as name');
    const host = await open({ migrations: all(user!.name), extra: {} });
    const cure = 'alter role current_user set search_path to public';
    await expect(host.runMigrations()).rejects.toThrow(`Run "${cure}" and connect again`);
    expect(await database.query('select from pg_namespace where nspname = $1', [user!.name])).toEqual([]);
    const [at] = await database.query<{ name: string }>('select current_database() as name');
    await database.query(cure.replace('current_user', `current_user in database "${at!.name}"`)); // goes with it
    const cured = await open({
      migrations: all(user!.name),
      entities: [Order],
      extra: {},
      synchronize: true,
      migrationsRun: true,
    });
    expect(await cured.runMigrations()).toEqual([]);
    expect(await contents(user!.name)).not.toContain('r orders');
    expect(await contents('public')).toContain('r orders');
  });
});

describe('the schema of the migrations', () => {
  it.each(['pg_a', 'information_schema', '', 'x'.repeat(55)])(
    'is refused as in the options: %j',
    (schema) => {
      expect(() => migrationsFor({ schema })).toThrow(
        `migrationsFor: schema is '${schema}': it must be a text of`,
      );
      expect(() => new ResolvedOptions({ schema })).toThrow(
        `schema is '${schema}': it must be a text of 1 to 54 bytes`,
      );
    },
  );
});

describe('the migrations of a module', () => {
  const core = () => migrationsFor('ledger');
  const withProfile = () => migrationsFor({ schema: 'ledger', modules: ['user-profile'] });
  const run = async (list: MigrationClass[]) => {
    const host = await open({ migrations: list });
    return { host, names: (await host.runMigrations()).map(({ name }) => name) };
  };
  const tables = async () =>
    (await contents('ledger')).filter((what) =>
      /^r (user_profiles|content_popularity|content_viewers|events)$/.test(what),
    );

  it('are left out where nobody names it, and come when somebody does, though later ones have run', async () => {
    await run(core());
    expect(await tables()).toEqual(['r events']);
    expect((await run(withProfile())).names).toEqual([
      'ledger.UserProfile1763800000003',
      'ledger.ProfileSamples1763800000131',
    ]);
    expect(await tables()).toEqual(['r events', 'r user_profiles']);
    const { host, names } = await run(all('ledger'));
    expect(names).toEqual(['ledger.ContentPopularity1763800000004']);
    const late = await contents('ledger');
    for (const _ of all('ledger')) await host.undoLastMigration();
    expect(await contents('ledger')).toEqual([]);
    await host.runMigrations();
    expect(late).toEqual(await contents('ledger'));
  });

  it('that is not named any more leave its tables and what they hold, and are as they were when it is again', async () => {
    await run(all('ledger'));
    const before = await contents('ledger');
    await database.query(`insert into ledger.content_viewers values ('film', gen_random_uuid(), true)`);
    expect((await run(core())).names).toEqual([]);
    expect(await contents('ledger')).toEqual(before);
    expect(await database.query('select from ledger.content_viewers')).toHaveLength(1);
    expect((await run(all('ledger'))).names).toEqual([]);
  });

  it('that came last are what is reverted first, and nothing else', async () => {
    await run(core());
    const { host } = await run(withProfile());
    await host.undoLastMigration();
    await host.undoLastMigration();
    expect(await tables()).toEqual(['r events']);
  });

  it('that came late and is not named any more are asked for when they are to be reverted', async () => {
    await run(core());
    await run(withProfile());
    const { host } = await run(core());
    await expect(host.undoLastMigration()).rejects.toThrow(/ledger\.ProfileSamples1763800000131/);
    expect(await tables()).toEqual(['r events', 'r user_profiles']);
  });

  it.each<[unknown, string]>([
    [
      { modules: ['users'] },
      `modules is [ 'users' ]: it must be an array of user-profile and content-popularity;`,
    ],
    [{ modules: 'user-profile' }, `modules is 'user-profile': it must be an array`],
    [{ modules: null }, 'modules is null: it must be an array'],
    [{ module: ['user-profile'] }, 'module is no option: did you mean "modules"?'],
    [['user-profile'], `The argument is [ 'user-profile' ]: it must be an object with schema, modules, log.`],
    [5, 'The argument is 5: it must be an object with schema, modules, log.'],
    [null, 'The argument is null: it must be an object'],
    ['', `schema is '': it must be a text of 1 to 54 bytes`],
    [{ schema: 5 }, 'schema is 5: it must be a text of 1 to 54 bytes'],
  ])('are refused for options that break a rule: %j', (options, sentence) => {
    expect(() => migrationsFor(options as never)).toThrow(
      expect.objectContaining({
        code: 'invalid-options',
        message: expect.stringContaining(`migrationsFor: ${sentence}`),
      }),
    );
  });

  it('are nothing that TypeORM would generate the opposite of', async () => {
    const host = await open({ migrations: all('eventfold'), entities: [Order] });
    await host.runMigrations();
    const { upQueries } = await host.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([expect.stringContaining('CREATE TABLE "orders"')]);
  });
});

describe('a host that synchronizes its schema', () => {
  it.each([
    ['with the schema left open', {}],
    ['with the schema of the store as its own', { schema: 'eventfold' }],
  ])('gets its own tables, and ours are as they were (%s)', async (_schema, options) => {
    if ('schema' in options) await database.query('create schema eventfold');
    const synchronize = { ...options, entities: [Order], synchronize: true, autoLoadEntities: true };
    const modules = [
      EventSourcingModule.forRoot(),
      UserProfileModule.forRoot({ open: true }),
      ContentPopularityModule.forRoot({ open: true }),
    ];
    const plain = await open(options);
    await plain.runMigrations();
    const before = await contents('eventfold');
    const host = await startWebHost('Fastify', hostModule([hostDataSource(database, synchronize)], modules));
    await host.app.get(DataSource).synchronize();
    const after = await contents('eventfold');
    expect(after.filter((what) => before.includes(what))).toEqual(before);
    expect(await host.app.get(DataSource).getRepository(Order).find()).toEqual([]);
    expect(await host.send('GET', '/users')).toMatchObject({ status: 200, body: { items: [] } });
    expect(await host.send('GET', '/contents/popularity')).toMatchObject({
      status: 200,
      body: { items: [] },
    });
    await host.app.close();
  });
});

describe('a host whose tables TypeORM drops', () => {
  const append = () =>
    database.query(
      `select * from ledger.append_events('[{"append": 0, "stream_id": "a-1", "expected": 0, "event_type": "a",
         "event_id": "${randomUUID()}", "event_data": {}, "metadata": {}}]')`,
    );
  const events = async () => (await database.query('select from ledger.events')).length;

  it('by schema:drop keeps the log, and its next migration takes that as it is', async () => {
    const host = await open({ migrations: all('ledger'), entities: [Order], synchronize: true });
    await host.runMigrations();
    await append();
    const before = await contents('ledger');
    await host.dropDatabase();
    expect(await database.query(`select from pg_tables where schemaname = 'public'`)).toEqual([]);
    expect(await host.runMigrations()).toHaveLength(all('ledger').length);
    expect(await contents('ledger')).toEqual(before);
    expect(await events()).toBe(1);
    for (const _ of all('ledger')) await host.undoLastMigration();
    expect(await contents('ledger')).toEqual([]);
  });

  it('by schema:drop in the schema of the log is told what is left there, and what to do', async () => {
    await database.query('create schema ledger');
    const host = await open({ migrations: all('ledger'), schema: 'ledger' });
    await host.runMigrations();
    await host.dropDatabase(); // it leaves functions
    await expect(host.runMigrations()).rejects.toThrow(
      /^The schema "ledger" has what a migration of Eventfold would make, .* run "drop schema "ledger" cascade" and migrate again\.$/,
    );
    await database.query('drop schema "ledger" cascade; create schema ledger');
    expect(await host.runMigrations()).toHaveLength(all('ledger').length);
  });

  it('at each start, by dropSchema, is refused by the migrations, which leave the log as it is', async () => {
    const first = await open({ migrations: all('ledger') });
    await first.runMigrations();
    await append();
    const again = open({ migrations: all('ledger'), dropSchema: true, migrationsRun: true });
    await expect(again).rejects.toThrow(/^dropSchema of the data source is true: it must be false, since /);
    expect(await events()).toBe(1);
  });

  it('at each start, by dropSchema, is refused by the event store, too', async () => {
    const first = await open({ migrations: all('eventfold') });
    await first.runMigrations();
    const dropping = hostDataSource(database, { dropSchema: true, migrationsRun: false, migrations: [] });
    const host = startWebHost('Fastify', hostModule([dropping], [EventSourcingModule.forRoot()]));
    await expect(host).rejects.toMatchObject({
      code: 'invalid-options',
      message: expect.stringMatching(/^dropSchema of the data source is true: it must be false, since /),
    });
  });

  it('and the schema of the log itself, is told at its start which rows are in the way', async () => {
    const first = await open({ migrations: all('eventfold') });
    await first.runMigrations();
    await database.query('drop schema eventfold cascade');
    const start = () =>
      startWebHost('Fastify', hostModule([hostDataSource(database)], [EventSourcingModule.forRoot()]));
    await expect(start()).rejects.toThrow(
      /delete them from the table of migrations first: those whose name begins with "eventfold\."\.$/,
    );
    await database.query(`delete from host_migrations where name like 'eventfold.%'`);
    await (await start()).app.close();
  });
});
