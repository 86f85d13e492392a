import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { eventually } from '../support/eventually.js';
import {
  createTallies,
  type LabOptions,
  type ProjectionLab,
  startProjectionLab,
} from '../support/log/projection-lab.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('the status of a projection', () => {
  let database: TestDatabase;
  let labs: ProjectionLab[];
  let sessions: Client[];

  beforeEach(async () => {
    database = await createTestDatabase();
    await createTallies(database);
    labs = [];
    sessions = [];
  });
  afterEach(async () => {
    for (const session of sessions) await session.end();
    for (const lab of labs) await lab.stop();
    await database.drop();
  });

  const start = async (options: LabOptions = {}) => {
    const lab = await startProjectionLab(database, {
      ...options,
      turns: { pollIntervalMs: 50, retryDelayMs: 5 },
    });
    labs.push(lab);
    return lab;
  };
  const openSession = async (name: string) => {
    const session = new Client({ connectionString: database.url, application_name: name });
    await session.connect();
    sessions.push(session);
    return session;
  };
  const expectStatus = (lab: ProjectionLab, expected: object) =>
    eventually(async () => expect(await lab.operations.get('tally')).toMatchObject(expected));

  it('says that it has caught up, with how many events it folded a second', async () => {
    const lab = await start();
    const last = await lab.tick('a', 500);
    await lab.folded(last);
    await expectStatus(lab, {
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
    expect((await lab.operations.get('tally')).rate).toBeGreaterThan(0);
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
    const lab = await start();
    await lab.folded(await lab.tick('a'));
    const session = await openSession('somebody else');
    await session.query('begin');
    await session.query('lock table eventfold.tallies in exclusive mode');
    const last = await lab.tick('a');
    const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
    await expectStatus(lab, {
      status: 'blocked',
      reason: expect.stringMatching(`pid ${rows[0]!.pid} \\(somebody else, idle in transaction\\)`),
      lagEvents: 1,
    });
    await session.query('rollback');
    await lab.folded(last);
    await expectStatus(lab, { status: 'running', lagEvents: 0 });
  });

  it('names the session that sits on its checkpoint', async () => {
    const lab = await start();
    await lab.folded(await lab.tick('a'));
    const session = await openSession('a debugger');
    await session.query('begin');
    await session.query('select from eventfold.projection_checkpoints for update');
    const last = await lab.tick('a');
    await expectStatus(lab, { status: 'blocked', reason: expect.stringContaining('a debugger') });
    await session.query('rollback');
    await lab.folded(last);
  });

  it('says why its turns fail', async () => {
    let isMended = false;
    const lab = await start({
      onEvent: () => {
        if (!isMended) throw Object.assign(new Error('the other side is gone'), { code: 'ECONNREFUSED' });
      },
    });
    const last = await lab.tick('a');
    await expectStatus(lab, { status: 'retrying', reason: 'the other side is gone' });
    isMended = true;
    await lab.folded(last);
  });
});
