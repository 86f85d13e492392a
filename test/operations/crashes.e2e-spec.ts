/**
 * An act and its record commit together, wherever its process is killed. Another session holds a lock that the act
 * waits for, in the middle of its transaction. So the process is killed at a known point.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { EventStore } from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import { startTestService, type TestService } from '../support/http/test-service.js';
import { runCli, startCli } from '../support/processes/cli-process.js';

describe('a process that is killed in the middle of an act', () => {
  let service: TestService;
  let other: Client;
  let parked: string;

  beforeAll(async () => {
    service = await startTestService();
    other = new Client({ connectionString: service.database.url });
    await other.connect();
    parked = await parkedUser();
  });
  afterAll(async () => {
    await other.end();
    await service.stop();
  });
  beforeEach(async () => void (await other.query('rollback')));

  /** A user whose profile cannot be written. */
  async function parkedUser(): Promise<string> {
    const userId = randomUUID();
    await service.app.get(EventStore).appendToStream(`user-${userId}`, 'any', [
      {
        type: 'user.registered',
        data: { userId, email: 'a@example.org', name: null, initialPreferences: [] },
      },
    ]);
    await eventually(async () =>
      expect((await service.api.get('/projections/user-profile/parked')).body.items).toHaveLength(1),
    );
    return userId;
  }
  const operations = () =>
    service.database.query('select act, outcome from eventfold.operations order by id');
  /** All that the acts of this file change. */
  const state = () =>
    service.database.query(
      `select name, paused_at is not null as is_paused,
              (select count(*)::integer from eventfold.projection_rebuilds r where r.projection = name) as rebuilds,
              (select sum(attempts)::integer from eventfold.parked_keys k where k.projection = name) as attempts,
              (select count(*)::integer from eventfold.skipped_events s where s.projection = name) as skipped
         from eventfold.projections order by name`,
    );
  const environment = () => ({ DATABASE_URL: service.database.url });
  /** The sessions that wait for a lock on a table of this test. */
  const waiting = () =>
    service.database.query<{ pid: number }>(
      `select pid from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and pid <> pg_backend_pid()`,
    );

  const ACTS: [act: string, args: (key: string) => string[]][] = [
    ['pause', () => ['projections', 'pause', 'content-popularity']],
    ['rebuild', () => ['projections', 'rebuild', 'content-popularity', '--hold']],
    ['retry', (key) => ['parked', 'retry', 'user-profile', key]],
    ['skip', (key) => ['parked', 'skip', 'user-profile', key]],
  ];

  it.each(ACTS)('leaves neither %s nor its record when the record is not written yet', async (_, args) => {
    const before = [await state(), await operations()];
    await other.query('begin');
    await other.query('lock table eventfold.operations in exclusive mode');
    const { child, outcome } = startCli(environment(), ...args(parked));
    await eventually(async () => expect(await waiting()).toHaveLength(1));
    child.kill('SIGKILL');
    await outcome;
    await other.query('rollback');
    await eventually(async () => expect(await waiting()).toEqual([]));
    expect([await state(), await operations()]).toEqual(before);
  });

  it('leaves neither a pause nor its record when the pause is not written yet', async () => {
    const before = [await state(), await operations()];
    await other.query('begin');
    await other.query(`select from eventfold.projections where name = 'content-popularity' for update`);
    const { child, outcome } = startCli(environment(), 'projections', 'pause', 'content-popularity');
    await eventually(async () => expect(await waiting()).not.toEqual([]));
    child.kill('SIGKILL');
    await outcome;
    await other.query('rollback');
    await eventually(async () => expect(await waiting()).toEqual([]));
    expect([await state(), await operations()]).toEqual(before);
  });

  it('would leave both without the kill', async () => {
    const [before] = [await state()];
    for (const [, args] of ACTS) await runCli(environment(), ...args(parked));
    expect(await state()).not.toEqual(before);
    expect(await operations()).toEqual([
      { act: 'pause', outcome: 'done' },
      { act: 'rebuild', outcome: 'done' },
      { act: 'retry', outcome: 'failed' },
      { act: 'skip', outcome: 'done' },
    ]);
  });
});
