import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { Api } from '../support/http/api.js';
import { eventually } from '../support/eventually.js';
import { startOn } from '../support/http/test-service.js';
import { scaled } from '../support/scale.js';
import { installedPrograms, InstalledServer } from '../support/servers/installed-server.js';
import { MovableLine } from '../support/servers/movable-line.js';

const programs = installedPrograms();
const withPrograms = programs === undefined ? describe.skip : describe;

type Service = Awaited<ReturnType<typeof startOn>>;

const SAYS_ALL = '-c log_statement=all -c log_line_prefix=%a:';
/** The statements of the service that a server has logged. */
const statementsOn = (server: InstalledServer): string[] =>
  readFileSync(server.file('log'), 'utf8')
    .split('eventfold:')
    .slice(1)
    .map((said) => /(?:statement|execute [^:]*): ([^]*)/.exec(said)?.[1] ?? '')
    .filter((statement) => statement !== '');

const queriesOn = (server: InstalledServer) =>
  statementsOn(server).filter((statement) => /user_profiles|content_popularity/.test(statement)).length;

/** `user.registered` and the profile right after it. */
class Users {
  constructor(private readonly api: Api) {}

  async register(): Promise<{ userId: string; position: string }> {
    const userId = randomUUID();
    const user = { userId, email: `${userId}@example.org`, name: 'Ada', initialPreferences: ['war'] };
    const { status, body } = await this.api.post('/users', user);
    expect({ status, body }).toMatchObject({ status: 201 });
    return { userId, position: String(body.position) };
  }

  async change(userId: string, preferences: string[]): Promise<string> {
    const { status, body } = await this.api.put(`/users/${userId}/preferences`, { preferences });
    expect({ status, body }).toMatchObject({ status: 200 });
    return String(body.position);
  }

  profile = (userId: string, readAfter?: string) =>
    this.api.get(`/users/${userId}/profile`, readAfter === undefined ? {} : { 'read-after': readAfter });
}

async function statesOf(api: Api): Promise<string[]> {
  const { status, body } = await api.get('/health/ready');
  expect(status).toBe(200);
  return body.replicas;
}

withPrograms('a service with two replicas', () => {
  let primary: InstalledServer;
  let replicas: InstalledServer[];
  let line: MovableLine;
  let service: Service;
  let api: Api;
  let users: Users;
  beforeAll(async () => {
    primary = await InstalledServer.start(programs!, SAYS_ALL);
    await startOn(primary.url).then((first) => first.stop()); // makes the tables
    replicas = [await primary.startReplica(SAYS_ALL), await primary.startReplica(SAYS_ALL)];
    line = await MovableLine.to(replicas[1]!.url);
    line.cut();
    service = await startOn(primary.url, {
      DATABASE_REPLICA_URLS: `${replicas[0]!.url}, ${line.url}`,
      REPLICA_MAX_LAG_MS: '1500',
    });
    api = new Api(service.url);
    users = new Users(api);
  });
  afterAll(async () => {
    await service?.stop();
    await line?.close();
    for (const server of [...(replicas ?? []), primary]) await server?.remove();
  });

  it('starts while one of them is away, and uses it once it is there', async () => {
    await eventually(async () => expect(await statesOf(api)).toEqual(['in-use', 'away']));
    line.moveTo(replicas[1]!.url);
    await eventually(async () => expect(await statesOf(api)).toEqual(['in-use', 'in-use']));
  });

  it('sends queries of read models to both in turn, and nothing else', async () => {
    const { userId, position } = await users.register();
    await api.put('/contents/jaws', { title: 'Jaws', genre: 'horror' });
    const before = [...replicas, primary].map(queriesOn);
    for (let round = 0; round < 4; round++) {
      expect((await users.profile(userId, position)).body).toMatchObject({ userId });
      expect((await api.get('/users?limit=1', { 'read-after': position })).body.items).toHaveLength(1);
    }
    await eventually(async () => expect((await api.get('/contents/jaws/popularity')).status).toBe(200));
    expect((await api.get('/contents/popularity')).body.items).toHaveLength(1);
    const [first, second] = [...replicas].map((server, index) => queriesOn(server) - before[index]!);
    expect([first! >= 5, second! >= 5]).toEqual([true, true]);
    // Turns write rows there; a profile is selected by its id alone.
    const selects = (server: InstalledServer) =>
      statementsOn(server).filter((text) => /^select.*(user_profiles|content_popularity)/i.test(text));
    expect(selects(primary).filter((text) => /limit|user_id" = \$1/i.test(text))).toEqual([]);
    await users.change(userId, ['drama']);
    await api.get(`/users/${userId}`);
    await api.get('/events');
    await api.get('/projections');
    for (const replica of replicas) {
      const others = statementsOn(replica).filter(
        (text) =>
          !/^(begin|commit|START|SELECT version)|user_profiles|content_popularity|projection_checkpoints/.test(
            text,
          ),
      );
      expect(others).toEqual([]);
    }
  });

  it('leaves out one that is cut off, and takes it back by itself', async () => {
    const { userId, position } = await users.register();
    line.cut();
    for (let round = 0; round < 4; round++) {
      expect(await users.profile(userId, position)).toMatchObject({ status: 200, body: { userId } });
    }
    await eventually(async () => expect(await statesOf(api)).toEqual(['in-use', 'away']));
    expect((await api.get('/metrics')).body).toMatch(
      new RegExp(`eventfold_replica_in_use\\{replica="${new URL(line.url).host}"\\} 0`),
    );
    line.moveTo(replicas[1]!.url);
    await eventually(async () => expect(await statesOf(api)).toEqual(['in-use', 'in-use']));
  });

  it('leaves out one that is too far behind, shows its lag, and lets the primary answer when none is left', async () => {
    line.cut();
    await replicas[0]!.query('select pg_wal_replay_pause()');
    const { userId, position } = await users.register();
    await eventually(async () => expect(await statesOf(api)).toEqual(['behind', 'away']));
    const [, lag] = /^eventfold_replica_lag_seconds\{replica="[^"]*"\} (.*)$/m.exec(
      (await api.get('/metrics')).body,
    )!;
    expect(Number(lag)).toBeGreaterThan(1.5);
    expect(await users.profile(userId)).toMatchObject({ status: 200, body: { userId } });
    expect(await users.profile(userId, position)).toMatchObject({ status: 200, body: { userId } });
    await replicas[0]!.query('select pg_wal_replay_resume()');
    line.moveTo(replicas[1]!.url);
    await eventually(async () => expect(await statesOf(api)).toEqual(['in-use', 'in-use']));
  });

  it('throws a query that takes too long, without another server and without leaving the replica out', async () => {
    const impatient = await startOn(primary.url, {
      DATABASE_REPLICA_URLS: replicas.map(({ url }) => url).join(),
      DATABASE_QUERY_TIMEOUT_MS: '1000',
      PROJECTIONS: 'off',
    });
    const its = new Api(impatient.url);
    const other = new Client({ connectionString: primary.url });
    await other.connect();
    try {
      await eventually(async () => expect(await statesOf(its)).toEqual(['in-use', 'in-use']));
      await other.query('begin');
      await other.query('lock table eventfold.user_profiles in access exclusive mode');
      await primary.query(
        `select pg_logical_emit_message(true, 'test', 'a commit writes the WAL of the lock')`,
      );
      for (const replica of replicas) await eventually(async () => expect(await locksOn(replica)).toBe(1));
      const before = [...replicas, primary].map(queriesOn);
      const { status, body } = await its.get('/users?limit=1');
      expect({ status, body }).toMatchObject({ status: 503, body: { type: 'database-unavailable' } });
      const [first, second, third] = [...replicas, primary].map(
        (server, nth) => queriesOn(server) - before[nth]!,
      );
      expect([first! + second!, third]).toEqual([1, 0]);
      expect(await statesOf(its)).toEqual(['in-use', 'in-use']);
    } finally {
      await other.end();
      await impatient.stop();
    }
  });
});

async function locksOn(server: InstalledServer): Promise<number> {
  const locks = `from pg_locks where mode = 'AccessExclusiveLock' and relation = 'eventfold.user_profiles'::regclass`;
  return (await server.query<{ count: number }>(`select count(*)::int as count ${locks}`))[0]!.count;
}

const DELAY_S = 2;
const USERS = scaled(30, 500);
const AT_ONCE = 30;

withPrograms(`a service with a replica that is ${DELAY_S} s behind`, () => {
  let primary: InstalledServer;
  let replica: InstalledServer;
  let services: Service[];
  beforeAll(async () => {
    primary = await InstalledServer.start(programs!);
    await startOn(primary.url).then((first) => first.stop());
    replica = await primary.startReplica(`${SAYS_ALL} -c recovery_min_apply_delay=${DELAY_S}s`);
    services = await Promise.all(
      ['20000', '300'].map((READ_AFTER_TIMEOUT_MS) =>
        startOn(primary.url, { DATABASE_REPLICA_URLS: replica.url, READ_AFTER_TIMEOUT_MS }),
      ),
    );
  });
  afterAll(async () => {
    for (const service of services ?? []) await service.stop();
    for (const server of [replica, primary]) await server?.remove();
  });

  it(
    `answers a query with Read-After never by an old row: the replica answers when it has come so far (${USERS} times)`,
    async () => {
      const api = new Api(services[0]!.url);
      const users = new Users(api);
      await eventually(async () => expect(await statesOf(api)).toEqual(['in-use']));
      const before = queriesOn(replica);
      for (let done = 0; done < USERS; done += AT_ONCE) {
        await Promise.all(
          Array.from({ length: Math.min(AT_ONCE, USERS - done) }, async () => {
            const { userId } = await users.register();
            const position = await users.change(userId, ['drama']);
            const { status, body } = await users.profile(userId, position);
            expect({ status, body }).toMatchObject({ status: 200, body: { preferences: ['drama'] } });
          }),
        );
      }
      expect(queriesOn(replica) - before).toBeGreaterThan(USERS / 2);
    },
    USERS * 1_000 + 120_000,
  );

  it('lets the primary answer when the replica has not come so far at the end of the time', async () => {
    const users = new Users(new Api(services[1]!.url));
    const { userId } = await users.register();
    const position = await users.change(userId, ['comedy']);
    expect((await users.profile(userId, position)).body).toMatchObject({ preferences: ['comedy'] });
  });
});
