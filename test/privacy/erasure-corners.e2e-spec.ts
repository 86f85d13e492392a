import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { AggregateCache } from '../../src/event-sourcing/aggregate/aggregate-cache.js';
import {
  ErasureProof,
  ErasureReports,
  ErasureService,
  ProjectionOperations,
  TextSearch,
} from '../../src/event-sourcing/index.js';
import { Api } from '../support/http/api.js';
import { eventually } from '../support/eventually.js';
import { startOn, startTestService, type TestService } from '../support/http/test-service.js';

/** The person is in each corner of a database of two services, before it is erased under load. */
describe('a person in every corner', () => {
  const [userId, other] = [randomUUID(), randomUUID()];
  const [email, name] = [`Ann.${randomUUID()}@example.org`, `Ann "${randomUUID()}" Ö`];
  let service: TestService;
  let second: Awaited<ReturnType<typeof startOn>>;
  beforeAll(async () => {
    service = await startTestService({ SNAPSHOT_EVERY: '2' });
    second = await startOn(service.database.url, { SNAPSHOT_EVERY: '2' });
  });
  afterAll(async () => {
    await second.stop();
    await service.stop();
  });

  const caches = () => [service.app, second.app].map((app) => app.get(AggregateCache).get(`user-${userId}`));
  const tablesWith = async (...texts: string[]) =>
    (await service.app.get(TextSearch).find(texts)).map(({ table }) => table);

  /** Texts of failures in the other tables that have them. */
  async function failElsewhere(error: string): Promise<void> {
    for (const [statement, ...parameters] of [
      [
        `insert into eventfold.timers (id, state, due_at, stream_id, event_type, event_data, metadata, failure)
         values (gen_random_uuid(), 'failed', now(), $1, 'user.noted', '{}', '{}', $2)`,
        `user-${userId}`,
      ],
      [
        `insert into eventfold.process_commands
                (id, process, key, step, number, command, data, message, state, error)
         values (gen_random_uuid(), 'welcome', 'w', 1, 0, 'greet', jsonb_build_object('userId', $1::text), '{}',
                 'failed', $2)`,
        userId,
      ],
      [
        `insert into eventfold.projection_rebuilds (projection, hold, state, reason)
         values ($1, false, 'held', 'The exchange failed, and is tried again in 9 s: ' || $2)`,
        'gone',
      ],
      [
        `insert into eventfold.projection_rebuild_history (projection, started_at, hold, outcome, reason)
         values ($1, now(), false, 'cancelled', 'The exchange failed, and is tried again in 9 s: ' || $2)`,
        'gone',
      ],
    ] as const) {
      await service.database.query(statement, [...parameters, error]);
    }
  }

  it('is found nowhere afterwards', async () => {
    const { api, app, database } = service;
    const otherApi = new Api(second.url);
    const key = { 'idempotency-key': randomUUID() };
    await api.post('/users', { userId, email, name }, key);
    await api.post('/users', { userId: other, email: `${randomUUID()}@example.org`, name: 'Other' });
    const taken = { 'idempotency-key': randomUUID() };
    expect((await api.post('/users', { email, name: 'Rival' }, taken)).status).toBe(409);
    for (const preferences of [['a'], ['b'], ['c'], ['d']]) {
      const { body } = await api.put(`/users/${userId}/preferences`, { preferences });
      await api.get(`/users/${userId}/profile`, { 'read-after': String(body.position) });
    }
    await otherApi.get(`/users/${userId}`);
    expect(caches().map((cached) => (cached?.state as { email?: string })?.email)).toEqual([email, email]);
    // A held rebuild whose comparison shows the row of the person.
    await database.query(
      `update eventfold.user_profiles set favorite_genres = '{changed}' where user_id = $1`,
      [userId],
    );
    await app.get(ProjectionOperations).rebuild('user-profile', { hold: true });
    await eventually(async () => {
      const { rebuild } = await app.get(ProjectionOperations).get('user-profile');
      expect(rebuild?.state).toBe('held');
    });
    // A parked key whose error names the person, and later events behind it.
    await database.query(
      `with event as (select * from eventfold.events where stream_id = $1 order by stream_version desc limit 1),
            parked as (insert into eventfold.parked_keys
                              (projection, build, partition, key, position, event_id, event_type, error, attempts,
                               failures)
                       select 'user-profile', 'live', 0, $2, global_position, event_id, event_type, $3, 3,
                              jsonb_build_array(jsonb_build_object('at', now(), 'ms', 1, 'error', $3::text))
                         from event)
       select`,
      [`user-${userId}`, userId, `cannot fold ${email}`],
    );
    await failElsewhere(`cannot fold ${email}`);
    await database.query(
      `insert into eventfold.waiting_events (projection, build, key, position)
       select projection, build, key, position from eventfold.parked_keys`,
    );
    const before = new Set(await tablesWith(email, name));
    for (const table of [
      'user_profiles',
      'rebuild_of_user_profiles',
      'snapshots',
      'parked_keys',
      'timers',
      'process_commands',
      'projection_rebuilds',
      'projection_rebuild_history',
    ]) {
      expect(before).toContain(`eventfold.${table}`);
    }
    expect(before).not.toContain('eventfold.events');

    const over = new AbortController();
    const load = (async () => {
      for (let round = 0; !over.signal.aborted; round++) {
        await api.put(`/users/${other}/preferences`, { preferences: [String(round)] });
      }
    })();
    const { status, body } = await otherApi.send('DELETE', `/users/${userId}`);
    expect(status).toBe(202);
    expect(await app.get(ErasureService).settled(body.erasureId, 60_000)).toBe(true);
    over.abort();
    await load;

    expect(await app.get(TextSearch).find([email, name])).toEqual([]);
    expect(await app.get(ErasureProof).verify(userId, [email])).toMatchObject({ isForgotten: true });
    expect(caches()).toEqual([undefined, undefined]);
    expect((await api.get(`/users/${other}/profile`)).body.name).toBe('Other');
  });

  it('has a report that is signed, and one that was changed is not genuine', async () => {
    const { app } = service;
    const erasure = (await app.get(ErasureService).find(userId))!;
    const { body } = await service.api.get(`/privacy/erasures/${erasure.id}`);
    const reports = app.get(ErasureReports);
    expect(await reports.isGenuine(body)).toBe(true);
    expect(await reports.isGenuine({ ...body, state: 'running' })).toBe(false);
    expect(body.steps.find(({ place }: { place: string }) => place === 'processes')).toMatchObject({
      found: 2,
    });
  });
});
