import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { Random } from '../../bench/simulate/random.js';
import { EventStore, ProjectionOperations, ProjectionProgress } from '../../src/event-sourcing/index.js';
import { Api } from '../support/http/api.js';
import { eventually } from '../support/eventually.js';
import { FlakyLine } from '../support/servers/flaky-line.js';
import { readLog } from '../support/log/plain-fold.js';
import { hasPooler, Pooler } from '../support/servers/pooler.js';
import {
  createTallies,
  type TallyHostOptions,
  type TallyHost,
  startTallyHost,
} from '../support/hosts/tally-host.js';
import { rowDifferences } from '../support/log/row-differences.js';
import { startServiceProcess } from '../support/processes/service-process.js';
import { gapsOf, lossesOf, StubbornLoad } from '../support/log/stubborn-load.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startOn } from '../support/http/test-service.js';

/**
 * What may fail, and the test that forces it. Nothing acknowledged is lost, nothing is applied twice, and the log has
 * no gap.
 *
 * | failure                                    | forced by
 * |--------------------------------------------|-----------------------------------------------------------------------
 * | kill -9 in a turn                          | here; crashes, again and again
 * | kill -9 in an append                       | here; crashes; many-writers
 * | kill -9 between append and answer          | here
 * | the database restarts under load           | crashes: once among the strikes
 * | the LISTEN connection dies                 | projections: goes on by polling when notifications do not arrive
 * | all connections are lost                   | projections, idempotency-key, group-commit, crashes
 * | 200 writers on one stream                  | concurrency: 200 on one user; many-writers
 * | two instances on one projection            | projections: with three instances at it; read-models; crashes
 * | a snapshot held open for long by others    | held-snapshot; projections: is not held up by a transaction
 * | an unknown event type in the log           | here; cli-verify finds it
 * | a poison event                             | here
 * | a connection pooler in transaction mode    | here; prepared-statements: given up when the server does not know one
 * | disk full                                  | here
 * | statement timeout                          | here
 * | shutdown in the middle of work             | here; projections: finishes its turn; standalone: Ctrl-C
 */

let database: TestDatabase;
/** How long a poison event may keep all others waiting at most; on a slow machine, twice what their writing took. */
const POISON_HOLDS_UP_MS = 1_000;
const allowing = (writingMs: number) => Math.max(POISON_HOLDS_UP_MS, 2 * writingMs);

async function timed<Result>(work: () => Promise<Result>): Promise<{ result: Result; ms: number }> {
  const start = performance.now();
  const result = await work();
  return { result, ms: performance.now() - start };
}

/** Sessions that hold locks. */
let others: Client[];

beforeEach(async () => {
  database = await createTestDatabase();
  others = [];
});
afterEach(async () => {
  await Promise.all(others.map((client) => client.end()));
  await database.drop();
});

/** A session that holds a lock until it is told to release it. */
async function lockHeldBy(sql: string): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: database.url, application_name: 'somebody else' });
  others.push(client);
  await client.connect();
  await client.query('begin');
  await client.query(sql);
  return async () => {
    await client.query('rollback');
  };
}

const someoneWaits = () =>
  eventually(async () => {
    const waiting = await database.query(
      `select from pg_stat_activity
        where datname = current_database() and application_name = 'eventfold' and wait_event_type = 'Lock'`,
    );
    expect(waiting).not.toEqual([]);
  });

const APPEND_LOCK = 'lock table eventfold.append_lock in share update exclusive mode';

const parkedKeys = () =>
  database.query<{ key: string }>('select projection, key, error from eventfold.parked_keys');

/** The rows equal those of a plain fold of the log, once all of it is folded. */
async function expectRowsToFollow(): Promise<void> {
  const log = await readLog(database);
  expect(gapsOf(log)).toEqual([]);
  await eventually(async () => expect(await rowDifferences(database, log)).toEqual([]));
}

describe('a service', () => {
  let undo: (() => Promise<unknown>)[];
  let line: FlakyLine | undefined;

  beforeEach(() => {
    undo = [];
    line = undefined;
  });
  afterEach(async () => {
    await Promise.all(undo.map((step) => step()));
    await line?.close();
  });

  /** A service that can be killed. */
  const startProcess = async (environment: NodeJS.ProcessEnv = {}) => {
    const service = await startServiceProcess({ DATABASE_URL: database.url, ...environment });
    undo.push(() => service.end('SIGKILL'));
    return service;
  };
  const start = async (url = database.url) => {
    const service = await startOn(url);
    undo.push(() => service.stop());
    return { ...service, api: new Api(service.url) };
  };
  const registration = () => {
    const userId = randomUUID();
    return { userId, email: `${userId}@example.org`, name: 'Ada' };
  };
  const watched = (userId: string) => ({
    type: 'content.watched',
    eventId: randomUUID(),
    userId,
    contentId: 'film',
    watchDurationSeconds: 100,
    completionPercentage: 50,
  });
  const eventsOf = async (userId: string) =>
    (await readLog(database)).filter(({ streamId }) => streamId === `user-${userId}`);

  it('that is killed with SIGKILL in a turn leaves neither rows nor a checkpoint of it', async () => {
    const victim = await startProcess();
    const user = registration();
    const { body } = await victim.api.post('/users', user);
    await victim.api.get(`/users/${user.userId}/profile`, { 'read-after': String(body.position) });
    const letGo = await lockHeldBy('select from eventfold.user_profiles for update');
    await victim.api.post('/viewing/events', [watched(user.userId), watched(user.userId)]);
    await someoneWaits(); // the turn, to write the profile
    await victim.end('SIGKILL');
    await letGo();
    await start();
    await expectRowsToFollow();
    expect(await parkedKeys()).toEqual([]);
  });

  it.each([
    ['and its session in the database goes on', ''],
    [
      'and its session in the database with it',
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'eventfold'`,
    ],
  ])('that is killed with SIGKILL in an append, %s: the repeat takes effect once', async (_, andThen) => {
    const victim = await startProcess({ PROJECTIONS: 'off' });
    const user = registration();
    const letGo = await lockHeldBy(APPEND_LOCK);
    const cutOff = victim.api.post('/users', user, { 'idempotency-key': 'k' }).catch(() => 'cut off');
    await someoneWaits();
    await victim.end('SIGKILL');
    if (andThen) await database.query(andThen);
    await letGo();
    expect(await cutOff).toBe('cut off');
    const { api } = await start();
    expect(await api.post('/users', user, { 'idempotency-key': 'k' })).toMatchObject({ status: 201 });
    expect(await eventsOf(user.userId)).toHaveLength(1);
    await expectRowsToFollow();
  });

  it('that is killed with SIGKILL between append and answer: the repeat hears what was done', async () => {
    line = await FlakyLine.to(database.url);
    const victim = await startProcess({ DATABASE_URL: line.url, PROJECTIONS: 'off' });
    const user = registration();
    const letGo = await lockHeldBy(APPEND_LOCK);
    const cutOff = victim.api.post('/users', user, { 'idempotency-key': 'k' }).catch(() => 'cut off');
    await someoneWaits();
    line.mute();
    await letGo();
    await eventually(async () => expect(await eventsOf(user.userId)).toHaveLength(1));
    await victim.end('SIGKILL');
    expect(await cutOff).toBe('cut off');
    const { api } = await start();
    const answer = await api.post('/users', user, { 'idempotency-key': 'k' });
    const [event] = await eventsOf(user.userId);
    expect(answer).toMatchObject({ status: 201, body: { userId: user.userId, position: event!.position } });
    expect(answer.headers.get('idempotent-replayed')).toBe('true');
    expect(await eventsOf(user.userId)).toHaveLength(1);
    await expectRowsToFollow();
  });

  it('that is shut down in the middle of work finishes what it is at, and another goes on', async () => {
    const services = await Promise.all([startProcess(), startProcess()]);
    let [current, next] = services;
    const load = new StubbornLoad(new Random('shutdown'), () => current.api);
    load.start();
    for (let round = 0; round < 2; round++) {
      await load.goesOn(60);
      const leaving = current;
      [current, next] = [next, current];
      expect(await leaving.end('SIGTERM')).toBe(0);
      if (round === 0) services.push((next = await startProcess()));
    }
    await load.goesOn(60);
    await load.stop();
    expect(lossesOf(load.receipts, await readLog(database))).toEqual([]);
    await expectRowsToFollow();
    expect(services.map((service) => service.output()).join('')).not.toMatch(/cut off/);
  });

  const viaPooler = hasPooler() ? it : it.skip;
  viaPooler(
    'works behind a connection pooler in transaction mode, and leaves nothing in its sessions',
    async () => {
      const pooler = await Pooler.before(database.url);
      try {
        const pair = await Promise.all([1, 2].map(() => start(pooler.url)));
        let requests = 0;
        const load = new StubbornLoad(new Random('pooler'), () => pair[requests++ % 2]!.api);
        load.start();
        await load.goesOn(400);
        await load.stop();
        expect(load.repeats).toBe(0);
        expect(lossesOf(load.receipts, await readLog(database))).toEqual([]);
        const user = registration();
        const { body } = await pair[0]!.api.post('/users', user);
        const readAfter = { 'read-after': String(body.position) };
        const profile = await pair[1]!.api.get(`/users/${user.userId}/profile`, readAfter);
        expect(profile).toMatchObject({ status: 200, body: user });
        await expectRowsToFollow();
        const locks = await database.query(
          `select from pg_locks l join pg_database d on d.oid = l.database
          where d.datname = current_database()
            and (l.locktype = 'advisory' or l.relation = 'eventfold.append_lock'::regclass)`,
        );
        expect(locks).toEqual([]);
        expect(await sessionSettings(pooler.url)).toEqual([]);
      } finally {
        for (const step of undo.splice(0)) await step();
        await pooler.stop();
      }
    },
  );

  /**
   * The settings that `set` has left in sessions, without those that the pooler itself carries over to the next client.
   */
  async function sessionSettings(url: string): Promise<object[]> {
    const clients = Array.from({ length: 5 }, () => new Client({ connectionString: url }));
    await Promise.all(clients.map((client) => client.connect()));
    const found = await Promise.all(
      clients.map((client) =>
        client.query<{ name: string }>(
          `select name, setting from pg_settings, pg_sleep(0.1) where source = 'session' and name <> all($1)`,
          [['application_name', 'client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings']],
        ),
      ),
    );
    await Promise.all(clients.map((client) => client.end()));
    return found.flatMap(({ rows }) => rows);
  }
});

describe('a projection', () => {
  let hosts: TallyHost[];

  beforeEach(async () => {
    await createTallies(database);
    hosts = [];
  });
  afterEach(async () => {
    for (const host of hosts) await host.stop();
  });

  const start = async (options?: TallyHostOptions) => {
    const host = await startTallyHost(database, options);
    hosts.push(host);
    return host;
  };
  const tallies = async () =>
    new Map(
      (
        await database.query<{ name: string; count: number }>('select name, count from eventfold.tallies')
      ).map(({ name, count }) => [name, count]),
    );
  /** One failure that does not pass would park a key. */
  const IMPATIENT = { attempts: 1, retryDelayMs: 5, pollIntervalMs: 50 };

  it('whose statements time out tries again until they do not, and parks nothing', async () => {
    await database.query(`do $$ begin
      execute format('alter database %I set statement_timeout = 250', current_database());
    end $$`);
    const host = await start({ turns: IMPATIENT });
    await host.folded(await host.tick('a'));
    const letGo = await lockHeldBy('lock table eventfold.tallies in access exclusive mode');
    const last = await host.tick('a', 3);
    await eventually(() => expect(host.runner().failure?.message).toMatch(/statement timeout/));
    expect(host.runner().status).toBe('retrying');
    await letGo();
    await host.folded(last);
    expect(await tallies()).toEqual(new Map([['a', 4]]));
    expect(await parkedKeys()).toEqual([]);
  });

  it('whose disk is full goes on when there is room, and parks nothing', async () => {
    const host = await start({ turns: IMPATIENT });
    await host.folded(await host.tick('a'));
    const makeRoom = await fillDiskOf('tallies');
    const last = await host.tick('a', 3);
    await eventually(() => expect(host.runner().failure?.message).toMatch(/No space left/));
    await eventually(() => expect(host.runner().status).toBe('retrying'));
    expect(await tallies()).toEqual(new Map([['a', 1]]));
    await makeRoom();
    await host.folded(last);
    expect(await tallies()).toEqual(new Map([['a', 4]]));
    expect(await parkedKeys()).toEqual([]);
  });

  it("whose handler's own SQL times out tries again as well, and parks nothing", async () => {
    let failures = 0;
    const host = await start({
      turns: IMPATIENT,
      onEvent: async (_, turn) => {
        if (failures++ < 3) await turn.manager.query(`set local statement_timeout = 20; select pg_sleep(5)`);
      },
    });
    await host.folded(await host.tick('a'));
    expect(failures).toBe(4);
    expect(await tallies()).toEqual(new Map([['a', 1]]));
  });

  it('goes on past an event of a type that nobody knows', async () => {
    const host = await start({ turns: IMPATIENT });
    await host.store.appendToStream('tally-a', 'any', [{ type: 'tally.of-tomorrow', data: { tally: 'a' } }]);
    await host.folded(await host.tick('a'));
    expect(await tallies()).toEqual(new Map([['a', 1]]));
    expect(await parkedKeys()).toEqual([]);
  });

  it('sets one poisoned key of 1,000 aside, folds all others, and the one in order when it is cured', async () => {
    const writer = await start({ projections: false });
    const names = Array.from({ length: 1_000 }, (_, number) => `t${number}`);
    const { ms } = await timed(async () => {
      for (const name of names) await writer.tick(name, 2);
    });
    let isPoisonous = true;
    const host = await start({
      onEvent: ({ data, version }) => {
        if (isPoisonous && data.tally === 't500' && version === 2) throw new Error('poison');
      },
    });
    // The first of its events is folded, and the key is parked at the second.
    const wanted = new Map(names.map((name) => [name, name === 't500' ? 1 : 2]));
    await eventually(async () => expect(await tallies()).toEqual(wanted), allowing(ms));
    await host.tick('t500', 3);
    await host.folded(await host.tick('t501'));
    expect((await tallies()).get('t501')).toBe(3);
    expect((await tallies()).get('t500')).toBe(1);
    expect(await host.operations.parked('tally')).toMatchObject([
      { key: 't500', type: 'tally.ticked', error: 'poison', waiting: 4 },
    ]);
    expect(host.status().status).toBe('running');

    expect(await host.operations.retry('tally', 't500')).toMatchObject({
      folded: 0,
      parked: { error: 'poison' },
    });
    isPoisonous = false;
    expect(await host.operations.retry('tally', 't500')).toEqual({ key: 't500', folded: 4 });
    await host.folded(await host.tick('t500'));
    expect((await tallies()).get('t500')).toBe(6);
    expect(await parkedKeys()).toEqual([]);
  });

  it('leaves a poison event out only when told to, keeps it on record, and folds what waits behind it', async () => {
    const host = await start({
      turns: { retryDelayMs: 5 },
      onEvent: ({ data, version }) => {
        if (data.tally === 'bad' && version === 2) throw new Error('poison');
      },
    });
    await host.tick('bad', 4);
    await host.folded(await host.tick('good'));
    expect(await tallies()).toEqual(new Map([['good', 1], ['bad', 1]])); // prettier-ignore
    expect(await host.operations.skip('tally', 'bad')).toEqual({ key: 'bad', folded: 2 });
    expect(await tallies()).toEqual(new Map([['good', 1], ['bad', 3]])); // prettier-ignore
    const skipped = await database.query(
      `select key, position::integer, error from eventfold.skipped_events`,
    );
    expect(skipped).toEqual([{ key: 'bad', position: 2, error: 'poison' }]);
  });

  it('of which more keys fail than may be set aside stops, and goes on when the cause is mended', async () => {
    const writer = await start({ projections: false });
    for (const name of ['a', 'b', 'c', 'good']) await writer.tick(name);
    let isBroken = true;
    const host = await start({
      turns: { ...IMPATIENT, maxParkedKeys: 2 },
      onEvent: ({ data }) => {
        if (isBroken && data.tally !== 'good') throw new Error('all is broken');
      },
    });
    await eventually(() => expect(host.status().status).toBe('stopped'));
    expect(host.runner().failure?.message).toMatch(/maxParkedKeys.*all is broken/);
    expect((await parkedKeys()).map(({ key }) => key)).toEqual(['a', 'b']);
    expect(await tallies()).toEqual(new Map());
    isBroken = false;
    for (const key of ['a', 'b'])
      expect(await host.operations.retry('tally', key)).toEqual({ key, folded: 1 });
    await host.folded(await host.tick('good'));
    expect(await tallies()).toEqual(new Map(Object.entries({ a: 1, b: 1, c: 1, good: 2 })));
    expect(await parkedKeys()).toEqual([]);
  });

  async function fillDiskOf(table: string): Promise<() => Promise<unknown>> {
    await database.query(
      `create function no_space() returns trigger language plpgsql as $$ begin
         raise exception 'could not extend file: No space left on device' using errcode = '53100';
       end $$`,
    );
    await database.query(
      `create trigger no_space before insert or update on eventfold.${table} execute function no_space()`,
    );
    return () => database.query('drop function no_space cascade');
  }
});

describe('the service, in this process', () => {
  let service: Awaited<ReturnType<typeof startOn>>;
  let api: Api;

  beforeEach(async () => {
    service = await startOn(database.url);
    api = new Api(service.url);
  });
  afterEach(() => service.stop());

  const register = async (name = 'Ada', userId = randomUUID()) => {
    const body = { userId, email: `${userId}@example.org`, name };
    return { userId, answer: await api.post('/users', body, { 'idempotency-key': userId }) };
  };
  const folded = async () => {
    const head = await service.app.get(EventStore).head();
    await service.app.get(ProjectionProgress).waitFor('user-profile', head);
  };

  it('whose log has no room refuses commands as unavailable; the repeat is done, and the log has no gap', async () => {
    await database.query(
      `create function no_space() returns trigger language plpgsql as $$ begin
         raise exception 'could not extend file: No space left on device' using errcode = '53100';
       end $$`,
    );
    await database.query(
      `create trigger no_space before insert on eventfold.events execute function no_space()`,
    );
    const { userId, answer } = await register();
    expect(answer.status).toBe(503);
    expect(JSON.stringify(answer.body)).not.toMatch(/space/);
    await database.query('drop function no_space cascade');
    expect((await register('Ada', userId)).answer.status).toBe(201);
    await expectRowsToFollow();
  });

  it('that finds an unknown event type in a stream names it to no client, and serves all others', async () => {
    const { userId } = await register();
    const { userId: other } = await register();
    const store = service.app.get(EventStore);
    await store.appendToStream(`user-${userId}`, 'any', [{ type: 'user.of-tomorrow', data: { userId } }]);
    const path = (id: string) => `/users/${id}/preferences`;
    const refused = await api.put(path(userId), { preferences: ['war'] });
    expect(refused).toMatchObject({ status: 503, body: { type: 'unknown-event-type' } });
    expect(JSON.stringify(refused.body)).not.toMatch(/of-tomorrow/);
    expect(await api.put(path(other), { preferences: ['war'] })).toMatchObject({ status: 200 });
    await folded();
    expect(await api.get(`/users/${other}/profile`)).toMatchObject({ body: { preferences: ['war'] } });
    expect(await api.get(`/users/${userId}/profile`)).toMatchObject({ status: 200 });
    expect(await api.get('/health/ready')).toMatchObject({ status: 200 });
  });

  it('sets one user of 1,000 aside whose row the database refuses, and has all others right', async () => {
    await database.query(
      `alter table eventfold.user_profiles add constraint no_poison check (name <> 'Poison')`,
    );
    const registerMany = async () => {
      const registered: Awaited<ReturnType<typeof register>>[] = [];
      while (registered.length < 1_000) {
        const names = Array.from({ length: 100 }, (_, nth) =>
          registered.length + nth === 500 ? 'Poison' : 'Ada',
        );
        registered.push(...(await Promise.all(names.map((name) => register(name)))));
      }
      return registered;
    };
    const { result: users, ms } = await timed(registerMany);
    expect(users.filter(({ answer }) => answer.status !== 201)).toEqual([]);
    const { userId: poisoned } = users[500]!;
    await api.put(`/users/${poisoned}/preferences`, { preferences: ['war'] });
    const differences = async () => rowDifferences(database, await readLog(database));
    await eventually(
      async () => expect(await differences()).toEqual([`${poisoned} has no row`]),
      allowing(ms),
    );
    await api.post(`/users/${poisoned}/subscription`, { plan: 'basic', paymentMethod: 'paypal' });
    await folded();
    const operations = service.app.get(ProjectionOperations);
    expect(await operations.parked('user-profile')).toMatchObject([
      { key: poisoned, type: 'user.registered', error: expect.stringMatching(/no_poison/), waiting: 3 },
    ]);
    expect(await differences()).toEqual([`${poisoned} has no row`]);

    await database.query('alter table eventfold.user_profiles drop constraint no_poison');
    expect(await operations.retry('user-profile', poisoned)).toEqual({ key: poisoned, folded: 3 });
    await expectRowsToFollow();
    expect(await parkedKeys()).toEqual([]);
  });
});
