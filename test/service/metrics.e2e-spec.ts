/** The counts of `GET /metrics`, compared with the events of the test. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes, randomUUID } from 'node:crypto';
import { EventStore } from '../../src/event-sourcing/index.js';
import { UserPreferencesUpdated } from '../../src/users/user.events.js';
import { UserRepository } from '../../src/users/user.repository.js';
import { eventually } from '../support/eventually.js';
import { type Samples, samplesOf } from '../support/samples.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ RETRY_BASE_DELAY_MS: '1' });
});
afterAll(() => service.stop());

const scrape = async () => samplesOf((await service.api.get('/metrics')).body as string);

/** The growth of each sample during the work. */
async function growth(work: () => Promise<unknown>): Promise<Samples> {
  const before = await scrape();
  await work();
  return (await scrape()).since(before);
}

async function register(userId = randomUUID()): Promise<string> {
  const body = { userId, email: `${userId}@example.org`, name: 'Ada' };
  expect((await service.api.post('/users', body)).status).toBe(201);
  return userId;
}

const watched = (eventId = randomUUID()) => ({
  type: 'content.watched',
  eventId,
  userId: randomUUID(),
  contentId: 'film',
  watchDurationSeconds: 60,
  completionPercentage: 50,
});

describe('the metrics of the log', () => {
  it('count appended events and appends, and time them', async () => {
    const grown = await growth(() => service.api.post('/viewing/events', [watched(), watched(), watched()]));
    expect(grown.of('eventfold_events_appended_total')).toBe(3);
    expect(grown.of('eventfold_append_verdicts_total', { verdict: 'appended' })).toBe(3);
    expect(grown.of('eventfold_append_duration_seconds_count')).toBe(1);
    expect(grown.of('eventfold_append_duration_seconds_sum')).toBeGreaterThan(0);
    expect(grown.of('eventfold_append_batch_events_count')).toBe(1);
    expect(grown.of('eventfold_append_batch_events_sum')).toBe(3);
    expect(grown.of('eventfold_append_batch_events_bucket', { le: '2' })).toBe(0);
    expect(grown.of('eventfold_append_batch_events_bucket', { le: '4' })).toBe(1);
    expect(grown.of('eventfold_append_batch_appends_total')).toBe(1);
  });

  it('tell duplicates, repeated commands and failures from what was appended', async () => {
    const known = watched();
    await service.api.post('/viewing/events', [known]);
    const key = { 'idempotency-key': randomUUID() };
    const body = { userId: randomUUID(), contentId: 'film', rating: 4 };
    await service.api.post('/viewing/rated', body, key);
    const store = service.app.get(EventStore);
    const grown = await growth(async () => {
      await service.api.post('/viewing/events', [known, watched()]);
      await service.api.post('/viewing/rated', body, key);
      const tooLong = randomBytes(20_000).toString('base64'); // larger than an entry of an index
      const impossible = [{ type: 'content.watched', data: {} }];
      await expect(store.appendToStream(tooLong, 'any', impossible)).rejects.toThrow(
        'too large for PostgreSQL',
      );
    });
    const of = (verdict: string) => grown.of('eventfold_append_verdicts_total', { verdict });
    expect([of('appended'), of('duplicate'), of('repeated'), of('failed'), of('conflict')]).toEqual([
      1, 1, 1, 1, 0,
    ]);
    expect(grown.of('eventfold_events_appended_total')).toBe(1);
  });

  it('count conflicts, and how often commands decided again', async () => {
    const userId = await register();
    const users = service.app.get(UserRepository, { strict: false });
    let rivals = 0;
    const rival = AsyncLocalStorage.bind(() =>
      service.app
        .get(EventStore)
        .appendToStream(users.streamOf(userId), 'any', [
          new UserPreferencesUpdated({ userId, oldPreferences: [], newPreferences: [`taste ${rivals}`] }),
        ]),
    );
    const grown = await growth(() =>
      users.update(userId, async (user) => {
        if (rivals++ < 2) await rival();
        user.updatePreferences(['mine']);
      }),
    );
    expect(grown.of('eventfold_command_conflicts_total')).toBe(2);
    expect(grown.of('eventfold_command_retries_total')).toBe(2);
    expect(grown.of('eventfold_append_verdicts_total', { verdict: 'conflict' })).toBe(2);
    expect(grown.of('eventfold_events_appended_total')).toBe(3);
  });
});

describe('the metrics of projections', () => {
  it('time turns and count their events, those of a rebuild apart', async () => {
    const live = { projection: 'content-popularity', build: 'live' };
    const rebuild = { ...live, build: 'rebuild' };
    const head = await service.app.get(EventStore).head();
    await service.api.get('/contents/popularity', { 'read-after': String(head) });
    const grown = await growth(async () => {
      const { body } = await service.api.post('/viewing/rated', {
        userId: randomUUID(),
        contentId: 'film',
        rating: 5,
      });
      await service.api.get('/contents/popularity', { 'read-after': String(body.position) });
      await service.api.post('/projections/content-popularity/rebuild');
      await eventually(async () => {
        const projection = await service.api.get('/projections/content-popularity');
        expect(projection.body.rebuild).toBeNull();
      });
    });
    expect(grown.of('eventfold_turn_events_total', live)).toBe(1);
    expect(grown.of('eventfold_turn_duration_seconds_count', live)).toBe(1);
    expect(grown.of('eventfold_turn_duration_seconds_sum', live)).toBeGreaterThan(0);
    expect(grown.of('eventfold_turn_duration_seconds_count', rebuild)).toBeGreaterThan(0);
    expect(grown.of('eventfold_turn_events_total', rebuild)).toBeGreaterThan(1);
  });

  it('count the turns that fail', async () => {
    const failures = ['eventfold_turn_failures_total', { projection: 'user-profile' }] as const;
    const before = (await scrape()).of(...failures);
    await service.database.query('alter table eventfold.user_profiles rename to user_profiles_away');
    try {
      await register();
      await eventually(async () => expect((await scrape()).of(...failures)).toBeGreaterThan(before));
    } finally {
      await service.database.query('alter table eventfold.user_profiles_away rename to user_profiles');
    }
  });
});

describe('the metrics of HTTP', () => {
  const NAME = 'eventfold_http_request_duration_seconds_count';

  it('are by method, template of the route and class of status', async () => {
    const userId = await register();
    const grown = await growth(async () => {
      await service.api.get(`/users/${userId}`);
      await service.api.get(`/users/${randomUUID()}`);
      await service.api.post(`/users/${userId}/deactivation`, { reason: 7 });
    });
    expect(grown.of(NAME, { method: 'GET', route: '/users/:userId', status: '2xx' })).toBe(1);
    expect(grown.of(NAME, { method: 'GET', route: '/users/:userId', status: '4xx' })).toBe(1);
    expect(grown.of(NAME, { method: 'POST', route: '/users/:userId/deactivation', status: '4xx' })).toBe(1);
  });

  it('have one series for all paths that are none of ours', async () => {
    const series = new Set((await scrape()).names());
    const paths = ['/nothing', `/nothing/${randomUUID()}`, `/users/${randomUUID()}/nothing`];
    const grown = await growth(async () => {
      for (const path of paths) expect((await service.api.get(path)).status).toBe(404);
    });
    expect(grown.of(NAME, { method: 'GET', route: 'none', status: '4xx' })).toBe(paths.length);
    const added = (await scrape()).names().filter((name) => !series.has(name) && name.startsWith(NAME));
    expect(added).toEqual([`${NAME}{method="GET",route="none",status="4xx"}`]);
  });
});
