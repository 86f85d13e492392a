/** The past: the version of a stream, and the state of an aggregate, at an instant. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { AggregateLoader } from '../../src/event-sourcing/aggregate/aggregate-loader.js';
import { EventStore } from '../../src/event-sourcing/index.js';
import { Snapshots } from '../../src/event-sourcing/aggregate/snapshot/snapshots.js';
import { Api } from '../support/http/api.js';
import { eventually } from '../support/eventually.js';
import { startOn, startTestService, type TestService } from '../support/http/test-service.js';

/** The length of the long stream. */
const EVENTS = 5_000;
/** So many events in a row have the same time. */
const TOGETHER = 3;

describe('a user with a long history', () => {
  const userId = randomUUID();
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService({ PROJECTIONS: 'off', AGGREGATE_CACHE_SIZE: '0' });
    await service.api.post('/users', { userId, email: 'ada@example.org', name: 'Ada' });
    await service.database.query(
      `insert into eventfold.events
         (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
       select last.global_position + n, last.stream_id, last.stream_version + n, gen_random_uuid(),
              'user.preferences_updated',
              jsonb_build_object('userId', $1::text, 'oldPreferences', '[]'::jsonb,
                                 'newPreferences', jsonb_build_array((n + 1)::text)),
              last.metadata, last."timestamp" + ((n + 1) / $3::int) * interval '1 second'
         from generate_series(1, $2::int) n,
              (select * from eventfold.events order by global_position desc limit 1) last`,
      [userId, EVENTS - 1, TOGETHER],
    );
  });
  afterAll(() => service.stop());

  it('has a version at every instant: that of the last event by then', async () => {
    const store = service.app.get(EventStore);
    const streamId = `user-${userId}`;
    const [{ first }] = (await service.database.query<{ first: Date }>(
      'select "timestamp" as first from eventfold.events where stream_id = $1 order by stream_version limit 1',
      [streamId],
    )) as [{ first: Date }];
    for (const ms of [
      -1, 0, 1, 999, 1_000, 1_001, 2_500, 777_000, 777_500, 1_665_999, 1_666_000, 9_999_999,
    ]) {
      const instant = new Date(first.getTime() + ms);
      const [{ version }] = (await service.database.query<{ version: number }>(
        'select count(*)::int as version from eventfold.events where stream_id = $1 and "timestamp" <= $2',
        [streamId, instant],
      )) as [{ version: number }];
      expect([ms, await store.versionAt(streamId, instant)]).toEqual([ms, version]);
      const state = await service.api.get(`/users/${userId}?at=${instant.toISOString()}`);
      if (version === 0) expect(state.status).toBe(404);
      else expect(state.body).toMatchObject({ version });
      if (version > 1) expect(state.body.preferences).toEqual([String(version)]);
    }
    expect(await store.versionAt('user-nobody', new Date())).toBe(0);
  });

  it('is shown as of now from its newest snapshot, as without an instant', async () => {
    const { body: now } = await service.api.get(`/users/${userId}`); // causes the snapshot
    const until = Date.now() + 5_000;
    const snapshots = () => service.database.query('select from eventfold.snapshots');
    while ((await snapshots()).length === 0 && Date.now() < until) await new Promise(setImmediate);
    const store = service.app.get(EventStore);
    const reads: unknown[] = [];
    const readStream = store.readStream.bind(store);
    store.readStream = (...parameters) => {
      reads.push(parameters);
      return readStream(...parameters);
    };
    const at = new Date(Date.now() + 86_400_000).toISOString();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => service.api.get(`/users/${userId}?at=${at}`)),
    );
    for (const { body } of answers) expect(body).toEqual(now);
    expect(reads).toEqual([]); // no page was read: the snapshot and the later events are one statement
  });

  /** Another process that keeps states. Its reads of the log are counted. */
  const startWatched = async () => {
    const { url, app, ...started } = await startOn(service.database.url, { PROJECTIONS: 'off' });
    const watch = { events: 0, under: 0, most: 0, gate: Promise.resolve() };
    const [store, snapshots] = [app.get(EventStore), app.get(Snapshots)];
    const [readStream, readTail] = [store.readStream.bind(store), snapshots.readTail.bind(snapshots)];
    snapshots.readTail = async (...range) => {
      await watch.gate;
      const tail = await readTail(...range);
      watch.events += tail?.events.length ?? 0;
      return tail;
    };
    // Only a fold of more than a page comes here.
    store.readStream = async (...range) => {
      watch.most = Math.max(watch.most, ++watch.under);
      const events = await readStream(...range).finally(() => watch.under--);
      watch.events += events.length;
      return events;
    };
    return { api: new Api(url), app, stop: () => started.stop(), watch };
  };

  it('is asked for at many instants at once without reading all of it for each, or taking the whole pool', async () => {
    const { api, stop, watch } = await startWatched();
    const versions = Array.from({ length: 20 }, (_, index) => EVENTS - 100 - index * 211);
    const answers = await Promise.all(
      versions.map((version) => api.get(`/users/${userId}?version=${version}`)),
    );
    expect(answers.map(({ body }) => body.version)).toEqual(versions);
    expect(answers.map(({ body }) => body.preferences)).toEqual(versions.map((version) => [String(version)]));
    expect(watch.most).toBeLessThanOrEqual(2);
    // The first two read from the start, the others from states that the first two left.
    expect(watch.events).toBeLessThanOrEqual(2 * EVENTS + 20 * 1_000);
    await stop();
  });

  it('is a 503 with Retry-After when too many such questions wait, and other questions are answered meanwhile', async () => {
    const { api, app, stop, watch } = await startWatched();
    let open = () => {};
    watch.gate = new Promise((resolve) => (open = resolve));
    const ask = () => api.get(`/users/${userId}?version=${EVENTS - 100}`);
    const waiting = Array.from({ length: 52 }, ask);
    const loader = app.get<{ waitingFolds: number }>(AggregateLoader);
    await eventually(() => expect(loader.waitingFolds).toBe(52));
    const refused = await ask();
    expect(refused).toMatchObject({ status: 503, body: { type: 'overloaded' } });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await api.get('/events?limit=1')).status).toBe(200);
    open();
    for (const { status } of await Promise.all(waiting)) expect(status).toBe(200);
    expect((await ask()).status).toBe(200);
    await stop();
  });
});
