import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { scaled } from '../support/scale.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const PLACES = [
  'ledger',
  'subject_keys',
  'events',
  'snapshots',
  'processes',
  'projection content-popularity',
  'projection user-profile',
  'idempotency_keys',
  'parked_keys, skipped_events, timers, process_commands, projection_rebuilds, projection_rebuild_history, projection_workers',
  'projection_rebuild_history, projection_rebuilds, projections',
  'operations',
];

/** The steps at which it is killed. Each takes some seconds: the start, and until the killed process counts as gone. */
const STRUCK = scaled(['ledger', 'subject_keys', 'projection user-profile', 'operations'], PLACES);

/** A step that is about to commit stops there, until the process is dead. */
describe('an erasure whose process is killed at its steps', () => {
  let database: TestDatabase;
  let folder: string;
  let service: ServiceProcess;

  const start = async () =>
    (service = await startServiceProcess({
      DATABASE_URL: database.url,
      PRIVACY_LEDGER: join(folder, 'erasures.jsonl'),
    }));
  beforeEach(async () => {
    [database, folder] = [await createTestDatabase(), await mkdtemp(join(tmpdir(), 'eventfold-erasure-'))];
    await start();
  });
  afterEach(async () => {
    await service.end('SIGKILL');
    await database.drop();
    await rm(folder, { recursive: true });
  });

  const stopAt = (place: string) =>
    database.query(`create or replace function public.stop_at() returns trigger language plpgsql as $$
      begin
        if new.place = '${place}' then perform pg_sleep(600); end if;
        return new;
      end $$`);
  const sleeping = () =>
    database.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`,
    );
  const killAt = async (place: string) => {
    await eventually(async () => {
      if ((await sleeping()).length === 0) throw new Error(`no step stands still at ${place}`);
    });
    await service.end('SIGKILL');
    // A server notices that a client is gone when it talks to it: here at once, as with
    // client_connection_check_interval.
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`,
    );
  };

  it('is done in the end, each step once', async () => {
    const userId = randomUUID();
    const { body } = await service.api.post('/users', { userId, email: 'ann@example.org', name: 'Ann' });
    await service.api.get(`/users/${userId}/profile`, { 'read-after': String(body.position) });
    await stopAt(STRUCK[0]!);
    await database.query(`create trigger stop_at after insert on eventfold.erasure_steps
                            for each row execute function public.stop_at()`);
    const { status, body: receipt } = await service.api.send('DELETE', `/users/${userId}`);
    expect(status).toBe(202);
    for (const [number, place] of STRUCK.entries()) {
      await killAt(place);
      await stopAt(STRUCK[number + 1] ?? 'none');
      await start();
    }
    await eventually(async () => {
      const report = await service.api.get(`/privacy/erasures/${receipt.erasureId}`);
      expect(report.body).toMatchObject({ state: 'done' });
      expect(report.body.steps.map(({ place }: { place: string }) => place)).toEqual(PLACES);
    });
    const entries = (await readFile(join(folder, 'erasures.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(entries.map((line) => JSON.parse(line).id)).toEqual([receipt.erasureId]);
    const events = await database.query(`select from eventfold.events where event_type = 'user.erased'`);
    expect(events).toHaveLength(1);
  });
});
