import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { eventually } from '../support/eventually.js';
import {
  createTallies,
  type TallyHostOptions,
  type TallyHost,
  startTallyHost,
} from '../support/hosts/tally-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('the status of a projection', () => {
  let database: TestDatabase;
  let hosts: TallyHost[];
  let sessions: Client[];

  beforeEach(async () => {
    database = await createTestDatabase();
    await createTallies(database);
    hosts = [];
    sessions = [];
  });
  afterEach(async () => {
    for (const session of sessions) await session.end();
    for (const host of hosts) await host.stop();
    await database.drop();
  });

  const start = async (options: TallyHostOptions = {}) => {
    const host = await startTallyHost(database, {
      ...options,
      turns: { pollIntervalMs: 50, retryDelayMs: 5 },
    });
    hosts.push(host);
    return host;
  };
  const openSession = async (name: string) => {
    const session = new Client({ connectionString: database.url, application_name: name });
    await session.connect();
    sessions.push(session);
    return session;
  };
  const expectStatus = (host: TallyHost, expected: object) =>
    eventually(async () => expect(await host.operations.get('tally')).toMatchObject(expected));

  it('says that it has caught up, with how many events it folded a second', async () => {
    const host = await start();
    const last = await host.tick('a', 500);
    await host.folded(last);
    await expectStatus(host, {
      status: 'running',
      reason: null,
      position: last,
      logPosition: last,
      lagEvents: 0,
      lagSeconds: 0,
      etaSeconds: 0,
      parkedKeys: 0,
      rebuild: null,
    });
    expect((await host.operations.get('tally')).rate).toBeGreaterThan(0);
  });

  it('says that it is paused, on every instance, and how far behind, until it is resumed', async () => {
    const [one, other] = [await start(), await start()];
    await one.folded(await one.tick('a'));
    await other.operations.pause('tally');
    await expect(one.operations.pause('tally')).rejects.toThrow('paused already');
    const last = await one.tick('a', 3);
    await expectStatus(one, { status: 'paused', lagEvents: 3, position: last - 3 });
    await eventually(() =>
      expect([one.status().status, other.status().status]).toEqual(['paused', 'paused']),
    );
    await one.operations.resume('tally');
    await one.folded(last);
    await expectStatus(other, { status: 'running', lagEvents: 0 });
  });

  it('says that no process runs it', async () => {
    const worker = await start();
    await worker.folded(await worker.tick('a'));
    const web = await start({ projections: false });
    await worker.stop();
    await web.tick('a', 2);
    await expectStatus(web, { status: 'no-worker', lagEvents: 2 });
  });

  it('names the session of the database that is in its way', async () => {
    const host = await start();
    await host.folded(await host.tick('a'));
    const session = await openSession('somebody else');
    await session.query('begin');
    await session.query('lock table eventfold.tallies in exclusive mode');
    const last = await host.tick('a');
    const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
    await expectStatus(host, {
      status: 'blocked',
      reason: expect.stringMatching(`pid ${rows[0]!.pid} \\(somebody else, idle in transaction\\)`),
      lagEvents: 1,
    });
    await session.query('rollback');
    await host.folded(last);
    await expectStatus(host, { status: 'running', lagEvents: 0 });
  });

  it('names the session that sits on its checkpoint', async () => {
    const host = await start();
    await host.folded(await host.tick('a'));
    const session = await openSession('a debugger');
    await session.query('begin');
    await session.query('select from eventfold.projection_checkpoints for update');
    const last = await host.tick('a');
    await expectStatus(host, { status: 'blocked', reason: expect.stringContaining('a debugger') });
    await session.query('rollback');
    await host.folded(last);
  });

  it('says why its turns fail', async () => {
    let isMended = false;
    const host = await start({
      onEvent: () => {
        if (!isMended) throw Object.assign(new Error('the other side is gone'), { code: 'ECONNREFUSED' });
      },
    });
    const last = await host.tick('a');
    await expectStatus(host, { status: 'retrying', reason: 'the other side is gone' });
    isMended = true;
    await host.folded(last);
  });
});
