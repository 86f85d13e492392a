/** The roles of docs/running.md, made by the statements of that page. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/service/database/data-source-options.js';
import { migrate } from '../../src/service/database/migrate.js';
import { Api } from '../support/http/api.js';
import { grantingRights, makingRoles } from '../support/servers/documented-roles.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';
import { startOn } from '../support/http/test-service.js';

describe('the roles of the database', () => {
  // Roles belong to the whole server, which other tests use, too.
  const prefix = `roles_${randomBytes(4).toString('hex')}_`;
  const named = (text: string) => text.replaceAll(/\beventfold_(?=migrator|service|reader)/g, prefix);
  let database: TestDatabase;
  let service: Awaited<ReturnType<typeof startOn>>;
  let api: Api;

  const urlAs = (role: string, password: string) => {
    const url = new URL(database.url);
    url.username = `${prefix}${role}`;
    url.password = password;
    return url.href;
  };
  async function as(role: string, password: string, ...statements: string[]): Promise<void> {
    const client = new Client({ connectionString: urlAs(role, password) });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }

  beforeAll(async () => {
    database = await createEmptyDatabase();
    const [{ name }] = (await database.query<{ name: string }>('select current_database() as name')) as [
      { name: string },
    ];
    await database.query(named(makingRoles(name)));
    const migrator = new DataSource(dataSourceOptions(urlAs('migrator', 'one'), 'eventfold', 2));
    await migrator.initialize();
    await migrate(migrator, 'eventfold');
    await migrator.destroy();
    await as('migrator', 'one', named(grantingRights()));
    service = await startOn(urlAs('service', 'two'));
    api = new Api(service.url);
  });
  afterAll(async () => {
    await service?.stop();
    for (const role of ['migrator', 'service', 'reader']) {
      await database.query(`drop owned by ${prefix}${role} cascade`);
      await database.query(`drop role ${prefix}${role}`);
    }
    await database.drop();
  });

  it('let a service that owns nothing append, fold and answer', async () => {
    const owned = await database.query(
      `select 1 from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname = $1`,
      [`${prefix}service`],
    );
    expect(owned).toEqual([]);
    const headers = { 'idempotency-key': 'once' };
    const registered = await api.post('/users', { email: 'ada@example.org', name: 'Ada' }, headers);
    expect(registered.status).toBe(201);
    const { userId } = registered.body;
    const view = { userId, contentId: 'film', watchDurationSeconds: 60, completionPercentage: 50 };
    const batch = [1, 2, 3].map(() => ({ type: 'content.watched', ...view }));
    const { verdicts } = (await api.post('/viewing/events', batch)).body;
    const after = { 'read-after': String(verdicts[2].position) };
    expect((await api.get(`/users/${userId}/profile`, after)).body).toMatchObject({ totalWatchTime: 180 });
    expect((await api.get('/contents/film/popularity', after)).body).toMatchObject({ totalViews: 3 });
    expect((await api.post('/users', { email: 'ada@example.org', name: 'Ada' }, headers)).body).toEqual(
      registered.body,
    );
    for (const act of ['pause', 'resume']) {
      expect((await api.post(`/projections/user-profile/${act}`)).status).toBe(202);
    }
    expect((await api.get('/health/ready')).status).toBe(200);
  });

  it.each([
    ['change what has happened', `update eventfold.events set event_type = 'x'`],
    ['take it away', 'delete from eventfold.events'],
    ['take all of it away', 'truncate eventfold.events'],
    ['hide who did what', 'delete from eventfold.operations'],
    ['switch off what keeps it', 'alter table eventfold.events disable trigger all'],
    [
      'replace a function',
      `create or replace function eventfold.append_one() returns int language sql as 'select 1'`,
    ],
    ['make a table', 'create table eventfold.more (id int)'],
    ['say what was migrated', 'delete from eventfold.migrations'],
  ])('keep the service from what would %s', async (_what, statement) => {
    await expect(as('service', 'two', statement)).rejects.toThrow(/permission denied|must be owner/);
  });

  it('let a reader read the read models, and nothing else', async () => {
    await as(
      'reader',
      'three',
      'select * from eventfold.user_profiles',
      'table eventfold.content_popularity',
    );
    for (const statement of [
      'select * from eventfold.events',
      'table eventfold.idempotency_keys',
      `update eventfold.user_profiles set name = 'x'`,
      `select eventfold.append_one('a', 0, gen_random_uuid(), 'a', '{}', '{}')`,
    ]) {
      await expect(as('reader', 'three', statement)).rejects.toThrow('permission denied');
    }
  });
});

describe('every function of the schema', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createEmptyDatabase();
    const dataSource = new DataSource(dataSourceOptions(database.url, 'eventfold', 2));
    await dataSource.initialize();
    await migrate(dataSource, 'eventfold');
    await dataSource.destroy();
  });
  afterAll(() => database.drop());

  it('has a search_path of its own, whatever migration made it last', async () => {
    const functions = await database.query<{ name: string; path: string | null }>(
      `select p.proname as name, (select c from unnest(p.proconfig) c where c like 'search_path=%') as path
         from pg_proc p where p.pronamespace = 'eventfold'::regnamespace`,
    );
    expect(functions.length).toBeGreaterThan(4);
    expect(functions.filter(({ path }) => path !== 'search_path=pg_catalog, pg_temp')).toEqual([]);
  });

  it('runs no code that somebody has put in the way', async () => {
    await database.query('create schema trap');
    // It matches as well as PostgreSQL's own function, and is found earlier.
    await database.query(
      `create function trap.equal(a integer, b integer) returns boolean language plpgsql as $$ begin raise 'trapped'; end $$`,
    );
    await database.query(
      'create operator trap.= (leftarg = integer, rightarg = integer, function = trap.equal)',
    );
    await database.query('set search_path = trap, pg_catalog, public');
    await expect(database.query('select 1 = 1')).rejects.toThrow('trapped');
    await database.query(
      `select eventfold.append_one('stream-1', 0, gen_random_uuid(), 'a', '{}'::jsonb, '{}'::jsonb, null)`,
    );
    await database.query(
      `select eventfold.append_one('stream-1', 1, gen_random_uuid(), 'a', '{}'::jsonb, '{}'::jsonb, null)`,
    );
    await database.query(`select * from eventfold.read_tail('stream-1', 1, 0, 10, 10)`);
    const [row] = await database.query<{ count: string }>('select pg_catalog.count(*) from eventfold.events');
    expect(Number(row!.count)).toBe(2);
  });
});
