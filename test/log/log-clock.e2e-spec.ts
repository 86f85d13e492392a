/** The clock of the database was far ahead once, or is now. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { EventStore } from '../../src/event-sourcing/index.js';
import { eventfold } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { write } from '../support/log/log-writer.js';
import { samplesOf } from '../support/samples.js';
import type { TestDatabase } from '../support/test-database.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

const EVENTS = 'eventfold.events';
const TWO_YEARS_MS = 2 * 365 * 86_400_000;

const watched = () => ({
  userId: randomUUID(),
  contentId: 'film',
  watchDurationSeconds: 60,
  completionPercentage: 50,
});

/** A schema with a `clock_timestamp` two years ahead, for functions whose search path begins with it. */
const AHEAD = `
  create schema ahead;
  create function ahead.clock_timestamp() returns timestamptz language sql as
    $$ select pg_catalog.clock_timestamp() + interval '2 years' $$;`;

/** Appends while the clock of the database is ahead. */
async function whileAhead(database: TestDatabase, append: () => Promise<unknown>): Promise<void> {
  const setPath = (path: string) =>
    database.query(`do $$ declare f regprocedure; begin
      for f in select oid from pg_proc where pronamespace = 'eventfold'::regnamespace and prosrc like '%clock_timestamp%'
      loop execute 'alter function ' || f || ' set search_path = ${path}'; end loop; end $$`);
  await setPath('ahead, pg_catalog, pg_temp');
  await append();
  await setPath('pg_catalog, pg_temp');
}

describe('a log whose database was two years ahead for a moment', () => {
  const userId = randomUUID();
  let service: TestService;
  let before: number;
  beforeAll(async () => {
    service = await startTestService({ TRENDING_HALF_LIFE_HOURS: '1' });
    await service.api.post('/users', { userId, email: 'ada@example.org', name: 'Ada' });
    before = Date.now();
    await service.database.query(AHEAD);
    await whileAhead(service.database, () =>
      write(service.database, { stream: 'content-film', type: 'content.watched', data: watched() }),
    );
    await service.api.post('/viewing/watched', watched());
    await service.api.put(`/users/${userId}/preferences`, { preferences: ['drama'] });
  });
  afterAll(() => service.stop());

  const cli = (...args: string[]) => eventfold({ DATABASE_URL: service.database.url }, 'log', ...args);
  const times = async () =>
    (
      await service.database.query<{ timestamp: Date }>(
        `select "timestamp" from ${EVENTS} order by global_position`,
      )
    ).map(({ timestamp }) => timestamp.getTime());
  const projection = async () => (await service.api.get('/projections/content-popularity')).body;

  it('gives later events the same time, and a trending score that is a number', async () => {
    const head = await service.app.get(EventStore).head();
    expect((await times()).at(-1)).toBeGreaterThan(Date.now() + TWO_YEARS_MS - 86_400_000);
    const { body } = await service.api.get('/contents/film/popularity', { 'read-after': String(head) });
    expect(body).toMatchObject({ totalViews: 2, trendingScore: Number.MAX_VALUE });
    expect((await service.api.get('/contents/popularity')).body.items).toEqual([body]);
  });

  it('is said: by each projection, by the metrics, and by a verification', async () => {
    await eventually(async () =>
      expect(await projection()).toMatchObject({
        status: 'running',
        reason: expect.stringMatching(/still to come.*log correct-times/),
      }),
    );
    const samples = samplesOf((await service.api.get('/metrics')).body as string);
    expect(samples.of('eventfold_log_ahead_seconds')).toBeGreaterThan(TWO_YEARS_MS / 1_000 - 86_400);
    const { code, out } = await cli('verify', '--json');
    expect({ code, ...JSON.parse(out) }).toMatchObject({
      code: 1,
      digest: expect.stringMatching(/^\d+:/),
      findings: [{ code: 'time-ahead', events: 3, position: 3, streamId: 'content-film' }],
    });
  });

  it('has a lag in seconds although the events are of the future', async () => {
    await service.api.post('/projections/content-popularity/pause');
    await service.api.post('/viewing/watched', watched());
    await service.database.query(
      `update eventfold.projection_checkpoints set updated_at = updated_at - interval '90 s'`,
    );
    const { lagEvents, lagSeconds } = await projection();
    expect(lagEvents).toBeGreaterThanOrEqual(1);
    expect(lagSeconds).toBeGreaterThan(80);
    await service.api.post('/projections/content-popularity/resume');
  });

  it('gets true times again by a command, in the same order, and so do later events', async () => {
    const wrong = await times();
    const shown = await cli('correct-times');
    expect(shown).toMatchObject({
      code: 0,
      out: expect.stringMatching(/events +4, from position 3[^]*--apply/),
    });
    expect(await times()).toEqual(wrong);
    const done = await cli('correct-times', '--apply', '--json');
    expect(JSON.parse(done.out)).toMatchObject({ applied: true, events: 4, from: 3 });
    await service.api.put(`/users/${userId}/preferences`, { preferences: ['comedy'] });
    const right = await times();
    expect(right).toEqual(right.toSorted((one, other) => one - other));
    for (const time of right.slice(3)) {
      expect(time).toBeGreaterThanOrEqual(before);
      expect(time).toBeLessThanOrEqual(Date.now());
    }
    expect(right.at(-1)).toBeGreaterThan(right.at(-2)!);
    const at = (ms: number) => service.api.get(`/users/${userId}?at=${new Date(ms).toISOString()}`);
    expect((await at(right.at(-1)!)).body.preferences).toEqual(['comedy']);
    expect((await at(right.at(-1)! - 1)).body.preferences).toEqual(['drama']);
    expect((await cli('verify')).code).toBe(0);
    expect((await cli('correct-times')).out).toMatch(/^No event/);
    expect((await projection()).reason).toBeNull();
    await expect(service.database.query(`delete from ${EVENTS}`)).rejects.toThrow('append-only');
  });

  it('is not corrected while the clocks differ: which is wrong is not known', async () => {
    const [{ name }] = (await service.database.query('select current_database() as name')) as [
      { name: string },
    ];
    await service.database.query(`alter database "${name}" set search_path = ahead, pg_catalog`);
    expect(await cli('correct-times', '--apply')).toMatchObject({
      code: 1,
      err: expect.stringContaining('put the wrong one right first'),
    });
    await service.database.query(`alter database "${name}" reset search_path`);
  });
});

describe('a log whose database is two years ahead', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({ PROJECTIONS: 'off', DATABASE_CLOCK_MAX_AHEAD_SECONDS: '1' });
    await service.database.query(AHEAD);
  });
  afterAll(() => service.stop());

  it('goes on with no later times than a process allows, and with true ones soon after', async () => {
    const known = { ...watched(), type: 'content.watched', eventId: randomUUID() };
    const several = [known, { ...watched(), type: 'content.watched' }];
    await whileAhead(service.database, async () => {
      expect((await service.api.post('/viewing/watched', watched())).status).toBe(202); // append_one
      expect((await service.api.post('/viewing/events', several)).status).toBe(200); // append_together
      several[1] = { ...watched(), type: 'content.watched' };
      expect((await service.api.post('/viewing/events', several)).status).toBe(200); // append_events
    });
    const stored = await service.app.get(EventStore).readAll();
    expect(stored).toHaveLength(4);
    const ahead = stored.map(({ timestamp }) => timestamp.getTime() - Date.now());
    for (const ms of ahead) expect(ms).toBeLessThanOrEqual(1_000);
    expect(ahead).toEqual(ahead.toSorted((one, other) => one - other));
    await eventually(async () => {
      const { body } = await service.api.post('/viewing/watched', watched());
      const [event] = await service.app.get(EventStore).readPositions([body.position]);
      expect(event!.timestamp.getTime()).toBeLessThanOrEqual(Date.now());
    });
  });
});

describe('a projection beside a clock that moves', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
    await service.api.post('/viewing/watched', watched());
  });
  afterAll(() => service.stop());

  it.each(['- 3 hours', '- 2 years', '+ 2 years'])(
    'goes on, and is shown, after its last turn was now %s',
    async (shift) => {
      await service.database.query(
        `update eventfold.projection_checkpoints set rate = 5, updated_at = clock_timestamp() ${shift.replace(/(\d.*)/, "interval '$1'")}`,
      );
      const listed = await service.api.get('/projections');
      expect(listed.status).toBe(200);
      for (const { rate } of listed.body.items) expect(rate).toBeLessThanOrEqual(5);
      const { body } = await service.api.post('/viewing/watched', watched());
      const answer = await service.api.get('/contents/film/popularity', {
        'read-after': String(body.position),
      });
      expect(answer.status).toBe(200);
    },
  );

  it('has no worker for it that was there when the clock was ahead', async () => {
    await service.database.query(
      `insert into eventfold.projection_workers (worker, projection, revision, status, seen_at)
       select gen_random_uuid(), name, 'other', 'stopped', clock_timestamp() + interval '2 years' from eventfold.projections`,
    );
    await eventually(async () => {
      const { items } = (await service.api.get('/projections')).body;
      expect(items.map(({ status }: { status: string }) => status)).toEqual(['running', 'running']);
    });
  });
});
