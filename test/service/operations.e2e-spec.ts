import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { EventStore } from '../../src/event-sourcing/index.js';
import type { Answer, Api } from '../support/http/api.js';
import { eventually } from '../support/eventually.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

/** A key with characters that mean something in a path, or would end it. */
const STRANGE_CONTENT = 'a/b %2F?#"\u00fc\u{1F3AC}';

describe('operations over HTTP', () => {
  let service: TestService;
  let api: Api;
  beforeAll(async () => {
    service = await startTestService({ READ_AFTER_TIMEOUT_MS: '1000' });
    ({ api } = service);
  });
  afterAll(() => service.stop());

  const remove = (path: string) => api.send('DELETE', path);
  const statusOf = async (name: string) => (await api.get(`/projections/${name}`)).body;
  const totalViews = async (contentId: string) =>
    (
      await service.database.query<{ views: number }>(
        'select total_views::integer as views from eventfold.content_popularity where content_id = $1',
        [contentId],
      )
    )[0]?.views;

  async function register(): Promise<string> {
    const { body } = await api.post('/users', { email: `${randomUUID()}@example.org`, name: 'Ada' });
    return body.userId;
  }

  const watched = (contentId: string, userId: string = randomUUID()) =>
    api.post('/viewing/watched', { userId, contentId, watchDurationSeconds: 60, completionPercentage: 50 });

  /** An event that no command would append: the profile's column takes no null. */
  const poison = (userId: string) =>
    service.app
      .get(EventStore)
      .appendToStream(`user-${userId}`, 'any', [
        { type: 'user.subscribed', data: { userId, plan: null, paymentMethod: 'card' } },
      ]);

  const expectProblem = (answer: Answer, status: number, type: string) => {
    expect(answer).toMatchObject({ status, body: { status, type, detail: expect.any(String) } });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  };

  const caughtUp = (name: string) =>
    eventually(async () => {
      const { position, logPosition, status } = await statusOf(name);
      expect([position, status]).toEqual([logPosition, 'running']);
    });

  const exchanged = (name: string, after: string | undefined) =>
    eventually(async () => {
      const { rebuild, lastRebuild } = await statusOf(name);
      expect(rebuild).toBeNull();
      expect(lastRebuild.comparedAt).not.toBe(after);
    });

  describe('of projections', () => {
    it('list all of them, with how far they are', async () => {
      await watched('film');
      await caughtUp('content-popularity');
      await caughtUp('user-profile');
      const { status, body } = await api.get('/projections');
      expect({ status, nextCursor: body.nextCursor }).toEqual({ status: 200, nextCursor: null });
      expect(body.items.map(({ name }: { name: string }) => name)).toEqual([
        'content-popularity',
        'user-profile',
      ]);
      for (const item of body.items) {
        expect(item).toEqual({
          name: expect.any(String),
          revision: expect.stringMatching(/^[12]/),
          partitions: expect.any(Number),
          position: item.logPosition,
          logPosition: expect.any(Number),
          lagEvents: 0,
          lagSeconds: 0,
          status: 'running',
          reason: null,
          rate: expect.any(Number),
          etaSeconds: 0,
          parkedKeys: 0,
          retryingKeys: 0,
          rebuild: null,
          lastRebuild: null,
        });
      }
    });

    it('show one of them as the list does', async () => {
      const { items } = (await api.get('/projections')).body;
      expect(Object.keys(await statusOf('user-profile'))).toEqual(Object.keys(items[1]));
    });

    it.each([
      ['GET', ''],
      ['POST', '/pause'],
      ['POST', '/resume'],
      ['POST', '/rebuild'],
      ['POST', '/rebuild/release'],
      ['DELETE', '/rebuild'],
      ['GET', '/parked'],
      ['POST', '/parked/key/retry'],
      ['POST', '/parked/key/skip'],
    ])('answer %s /projections/unknown%s with 404', async (method, path) => {
      expectProblem(await api.send(method, `/projections/unknown${path}`), 404, 'projection.not-found');
    });

    it.each([
      ['GET', '/projections/a%00b', undefined],
      ['POST', '/projections/a%00b/pause', undefined],
      ['POST', '/projections/user-profile/rebuild', { hold: 'yes' }],
      ['POST', '/projections/user-profile/rebuild', { hold: null }],
      ['POST', '/projections/user-profile/rebuild', { held: true }],
      ['GET', '/projections/user-profile/parked?limit=0', undefined],
      ['GET', '/projections/user-profile/parked?limit=201', undefined],
      ['GET', '/projections/user-profile/parked?after=%00', undefined],
      ['POST', '/projections/user-profile/parked/%00/retry', undefined],
    ])('answer %s %s %j with 400', async (method, path, body) => {
      expectProblem(await api.send(method, path, body), 400, 'invalid-request');
      expect((await statusOf('user-profile')).rebuild).toBeNull();
    });

    it('pause one until it is resumed, while the others go on', async () => {
      const contentId = randomUUID();
      expect(await api.post('/projections/content-popularity/pause')).toMatchObject({
        status: 202,
        body: { name: 'content-popularity', status: 'paused', reason: expect.any(String) },
      });
      const { body } = await watched(contentId);
      await eventually(async () =>
        expect((await statusOf('user-profile')).position).toBeGreaterThanOrEqual(body.position),
      );
      expect(await statusOf('content-popularity')).toMatchObject({ status: 'paused', lagEvents: 1 });
      expect(await totalViews(contentId)).toBeUndefined();
      expectProblem(
        await api.post('/projections/content-popularity/pause'),
        409,
        'projection.already-paused',
      );

      const resumed = await api.post('/projections/content-popularity/resume');
      expect(resumed.status).toBe(202);
      expect(resumed.body.status).not.toBe('paused');
      await eventually(async () => expect(await totalViews(contentId)).toBe(1));
      expectProblem(await api.post('/projections/content-popularity/resume'), 409, 'projection.not-paused');
    });

    it('rebuild one to rows that are equal, with a report', async () => {
      await watched('film');
      await caughtUp('content-popularity');
      const { lastRebuild } = await statusOf('content-popularity');
      const { status, body } = await api.post('/projections/content-popularity/rebuild');
      expect({ status, name: body.name }).toEqual({ status: 202, name: 'content-popularity' });
      await exchanged('content-popularity', lastRebuild?.comparedAt);
      const { lastRebuild: report, logPosition } = await statusOf('content-popularity');
      expect(report).toMatchObject({ livePosition: logPosition, rebuildPosition: logPosition });
      expect(report.tables).toHaveLength(2);
      for (const table of report.tables) {
        expect(table).toMatchObject({ differing: 0, missing: 0, extra: 0, differences: [] });
        expect(table.equal).toBeGreaterThan(0);
      }
    });

    it('hold a rebuild that differs until it is released', async () => {
      const userId = await register();
      await caughtUp('user-profile');
      await service.database.query(`update eventfold.user_profiles set name = 'Eve' where user_id = $1`, [
        userId,
      ]);
      const path = '/projections/user-profile/rebuild';
      expect(await api.post(path, { hold: true })).toMatchObject({
        status: 202,
        body: {
          rebuild: {
            state: expect.stringMatching(/^(requested|folding)$/),
            target: expect.any(Number),
            percent: expect.any(Number),
          },
        },
      });
      expectProblem(await api.post(path), 409, 'projection.rebuilding');
      await eventually(async () =>
        expect((await statusOf('user-profile')).rebuild).toMatchObject({
          state: 'held',
          percent: 100,
          report: {
            tables: [{ differing: 1, differences: [{ living: { name: 'Eve' }, rebuilt: { name: 'Ada' } }] }],
          },
        }),
      );
      expect((await api.get(`/users/${userId}/profile`)).body.name).toBe('Eve');
      expect((await api.post(`${path}/release`)).status).toBe(202);
      await exchanged('user-profile', undefined);
      expect((await api.get(`/users/${userId}/profile`)).body.name).toBe('Ada');
      expectProblem(await api.post(`${path}/release`), 409, 'projection.not-held');
    });

    it('end a rebuild that is cancelled, and leave the rows as they were', async () => {
      const before = (await statusOf('user-profile')).lastRebuild;
      await api.post('/projections/user-profile/rebuild', { hold: true });
      expect(await remove('/projections/user-profile/rebuild')).toMatchObject({
        status: 202,
        body: { rebuild: null, lastRebuild: before },
      });
      expectProblem(await remove('/projections/user-profile/rebuild'), 409, 'projection.not-rebuilding');
    });
  });

  describe('of parked keys', () => {
    const path = '/projections/user-profile/parked';
    const parkedUser = async () => {
      const userId = await register();
      const { position } = await poison(userId);
      await api.put(`/users/${userId}/preferences`, { preferences: ['crime'] });
      await eventually(async () => {
        const { items } = (await api.get(path)).body;
        expect(items).toContainEqual(expect.objectContaining({ key: userId, waiting: 2 }));
      });
      return { userId, position };
    };

    it('list them with the event that each stands at, page by page', async () => {
      const users = [await parkedUser(), await parkedUser()].toSorted((a, b) =>
        a.userId < b.userId ? -1 : 1,
      );
      const first = await api.get(`${path}?limit=1`);
      expect(first).toMatchObject({ status: 200, body: { nextCursor: users[0]!.userId } });
      expect(first.body.items).toEqual([
        {
          key: users[0]!.userId,
          position: users[0]!.position,
          event: (await api.get(`/events?after=${users[0]!.position - 1}&limit=1`)).body.items[0],
          error: expect.stringContaining('subscription_plan'),
          attempts: expect.any(Number),
          failures: expect.arrayContaining([
            { at: expect.any(String), ms: expect.any(Number), error: expect.any(String) },
          ]),
          state: 'parked',
          retryAt: null,
          retryUntil: null,
          parkedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
          waiting: 2,
        },
      ]);
      expect(first.body.items[0].event).toMatchObject({
        streamId: `user-${users[0]!.userId}`,
        type: 'user.subscribed',
        data: { plan: null },
      });
      const second = await api.get(`${path}?limit=1&after=${first.body.nextCursor}`);
      expect(second.body).toMatchObject({ items: [{ key: users[1]!.userId }], nextCursor: null });
      await eventually(async () =>
        expect(await statusOf('user-profile')).toMatchObject({
          parkedKeys: 2,
          status: 'running',
          reason: '2 parked keys are not folded',
        }),
      );
      for (const { userId } of users) await api.post(`${path}/${userId}/skip`);
    });

    it('retry one, which stays parked while its event cannot be folded, and is free when it can', async () => {
      const { userId, position } = await parkedUser();
      expect(await api.post(`${path}/${userId}/retry`)).toMatchObject({
        status: 200,
        body: { key: userId, folded: 0, parked: { position, error: expect.stringContaining('null value') } },
      });
      const column = 'alter table eventfold.user_profiles alter column subscription_plan';
      await service.database.query(`${column} drop not null`);
      try {
        const retried = await api.post(`${path}/${userId}/retry`);
        expect(retried).toMatchObject({ status: 200, body: { key: userId, folded: 2 } });
        expect(retried.body).not.toHaveProperty('parked');
        // Not over HTTP: without a plan, it is no profile.
        expect(
          await service.database.query('select preferences from eventfold.user_profiles where user_id = $1', [
            userId,
          ]),
        ).toEqual([{ preferences: ['crime'] }]);
      } finally {
        await service.database.query('delete from eventfold.user_profiles where subscription_plan is null');
        await service.database.query(`${column} set not null`);
      }
      expectProblem(await api.post(`${path}/${userId}/retry`), 404, 'projection.not-found');
    });

    it('skip the event one stands at, and fold what waits behind it', async () => {
      const { userId, position } = await parkedUser();
      expect(await api.post(`${path}/${userId}/skip`)).toMatchObject({
        status: 200,
        body: { key: userId, folded: 1 },
      });
      expect((await api.get(`/users/${userId}/profile`)).body).toMatchObject({
        subscriptionPlan: 'free',
        preferences: ['crime'],
      });
      expect(
        await service.database.query(
          'select position::integer from eventfold.skipped_events where key = $1',
          [userId],
        ),
      ).toEqual([{ position }]);
      expectProblem(await api.post(`${path}/${userId}/skip`), 404, 'projection.not-found');
    });

    it('find a key of any characters', async () => {
      await service.app.get(EventStore).appendToStream(`content-${STRANGE_CONTENT}`, 'any', [
        {
          type: 'content.watched',
          data: {
            userId: randomUUID(),
            contentId: STRANGE_CONTENT,
            watchDurationSeconds: 'long',
            completionPercentage: 5,
          },
        },
      ]);
      const parked = '/projections/content-popularity/parked';
      await eventually(async () =>
        expect((await api.get(parked)).body.items).toMatchObject([{ key: STRANGE_CONTENT }]),
      );
      const key = encodeURIComponent(STRANGE_CONTENT);
      expect(await api.post(`${parked}/${key}/retry`)).toMatchObject({
        status: 200,
        body: { key: STRANGE_CONTENT, parked: { position: expect.any(Number) } },
      });
      expect((await api.post(`${parked}/${key}/skip`)).body).toEqual({ key: STRANGE_CONTENT, folded: 0 });
      expect((await api.get(`${parked}?after=${key}`)).body).toEqual({ items: [], nextCursor: null });
    });
  });

  describe('of the log', () => {
    const versions = ({ body }: Answer) => body.items.map(({ version }: { version: number }) => version);
    let contentId: string;
    beforeAll(async () => {
      contentId = randomUUID();
      for (let view = 0; view < 5; view++) await watched(contentId);
    });

    it('show a stream, forwards and backwards, page by page', async () => {
      const path = `/streams/content-${contentId}`;
      const whole = await api.get(path);
      expect(whole).toMatchObject({ status: 200, body: { nextCursor: null } });
      expect(versions(whole)).toEqual([1, 2, 3, 4, 5]);
      expect(whole.body.items[0]).toEqual({
        position: expect.any(Number),
        streamId: `content-${contentId}`,
        version: 1,
        eventId: expect.any(String),
        type: 'content.watched',
        data: expect.objectContaining({ contentId }),
        metadata: expect.objectContaining({ correlationId: expect.any(String) }),
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      });
      for (const [direction, pages] of [
        ['forwards', [[1, 2], [3, 4], [5]]],
        ['backwards', [[5, 4], [3, 2], [1]]],
      ] as const) {
        let from = '';
        for (const page of pages) {
          const answer = await api.get(`${path}?limit=2&direction=${direction}${from}`);
          expect(versions(answer)).toEqual(page);
          from = `&fromVersion=${answer.body.nextCursor}`;
        }
        expect(from).toBe('&fromVersion=null');
      }
    });

    it.each(['forwards', 'backwards'])(
      'show large events %s in pages of some megabytes',
      async (direction) => {
        const streamId = `large-${direction}`;
        const large = () => ({ type: 'test.large', data: { text: randomBytes(200_000).toString('hex') } });
        const events = Array.from({ length: 22 }, large);
        await service.app.get(EventStore).appendToStream(streamId, 'no-stream', events);
        const pages: number[][] = [];
        for (let from: string | null = ''; from !== null;) {
          const answer: Answer = await api.get(
            `/streams/${streamId}?limit=100&direction=${direction}${from}`,
          );
          pages.push(versions(answer));
          const { nextCursor } = answer.body;
          from = nextCursor && `&fromVersion=${nextCursor}`;
        }
        const all = events.map((_, index) => index + 1);
        expect(pages.flat()).toEqual(direction === 'forwards' ? all : all.toReversed());
        expect(pages.slice(0, 2).map(({ length }) => length)).toEqual([11, 11]);
      },
    );

    it('show nothing beyond the end of a stream, and no stream that is not there', async () => {
      const beyond = await api.get(`/streams/content-${contentId}?fromVersion=6`);
      expect(beyond).toMatchObject({ status: 200, body: { items: [], nextCursor: null } });
      expectProblem(await api.get('/streams/content-unheard-of'), 404, 'stream.not-found');
    });

    it('find a stream of any characters', async () => {
      const answer = await api.get(`/streams/content-${encodeURIComponent(STRANGE_CONTENT)}`);
      expect(answer).toMatchObject({
        status: 200,
        body: { items: [{ streamId: `content-${STRANGE_CONTENT}` }] },
      });
    });

    it('show all events, page by page, each once', async () => {
      const positions: number[] = [];
      for (let cursor: string | null = '0'; cursor !== null;) {
        const { body }: Answer = await api.get(`/events?limit=7&after=${cursor}`);
        positions.push(...body.items.map(({ position }: { position: number }) => position));
        cursor = body.nextCursor;
      }
      expect(positions).toEqual(positions.map((_, index) => index + 1));
      expect(positions).toHaveLength(await service.app.get(EventStore).head());
    });

    it('show the events of a type', async () => {
      await register();
      const { body } = await api.get('/events?type=user.registered&limit=200');
      expect(new Set(body.items.map(({ type }: { type: string }) => type))).toEqual(
        new Set(['user.registered']),
      );
      const { body: none } = await api.get('/events?type=user.unheard-of');
      expect(none).toEqual({
        items: [],
        nextCursor: null,
        scanned: { to: expect.any(Number), head: expect.any(Number) },
      });
      expect(none.scanned.to).toBe(none.scanned.head);
    });

    it.each([
      '/events?limit=0',
      '/events?limit=201',
      '/events?after=-1',
      '/events?after=x',
      '/events?type=',
      '/events?type=a&type=b',
      '/events?order=desc',
      '/streams/a?direction=up',
      '/streams/a?fromVersion=0',
      '/streams/a?fromVersion=2147483648',
      '/streams/a%00b',
    ])('answer %s with 400', async (path) => {
      expectProblem(await api.get(path), 400, 'invalid-request');
    });
  });

  describe('where a projection stands still', () => {
    const rename = (from: string, to: string) =>
      service.database.query(`alter table eventfold.${from} rename to ${to}`);

    it('alarm, with the reason, while the service is ready to answer; not ready only for who is strict', async () => {
      await rename('content_viewers', 'viewers_for_now');
      const { body } = await watched('while-it-stands-still');
      await eventually(async () =>
        expect(await statusOf('content-popularity')).toMatchObject({
          status: 'retrying',
          reason: expect.stringMatching(/(relation|type) .* does not exist/),
        }),
      );
      expect(await api.get('/health/ready')).toMatchObject({
        status: 200,
        body: { status: 'ok', checks: { projections: 'content-popularity is retrying' } },
      });
      expectProblem(await api.get('/health/ready?strict=true'), 503, 'not-ready');
      expect((await api.get('/metrics')).body).toContain(
        'eventfold_projection_stands_still{projection="content-popularity"} 1\n',
      );
      const late = await api.get('/contents/while-it-stands-still/popularity', {
        'read-after': String(body.position),
      });
      expectProblem(late, 503, 'not-caught-up');
      await rename('viewers_for_now', 'content_viewers');
      await caughtUp('content-popularity');
      expect((await api.get('/health/ready?strict=true')).status).toBe(200);
      expect((await api.get('/projections/content-popularity/parked')).body.items).toEqual([]);
    });

    it('say so of a profile whose events are set aside: it is not the one that was written', async () => {
      const userId = await register();
      await poison(userId);
      const { body } = await api.put(`/users/${userId}/preferences`, { preferences: ['drama'] });
      const answer = await api.get(`/users/${userId}/profile`, { 'read-after': String(body.position) });
      expectProblem(answer, 503, 'not-caught-up');
      expect(answer.body).toMatchObject({ parkedKey: userId, projection: 'user-profile' });
      expect((await api.get(`/users/${userId}/profile`)).status).toBe(200);
      await api.post(`/projections/user-profile/parked/${userId}/skip`);
      const after = await api.get(`/users/${userId}/profile`, { 'read-after': String(body.position) });
      expect(after).toMatchObject({ status: 200, body: { preferences: ['drama'] } });
    });
  });

  describe('of metrics', () => {
    it('show how projections and the process are, in the text format', async () => {
      await caughtUp('user-profile');
      const { status, headers, body } = await api.get('/metrics');
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
      const head = await service.app.get(EventStore).head();
      const text = String(body);
      expect(text).toContain(`eventfold_projection_position{projection="user-profile"} ${head}\n`);
      for (const name of ['lag_events', 'lag_seconds', 'parked_keys', 'events_per_second']) {
        for (const projection of ['user-profile', 'content-popularity']) {
          expect(text).toMatch(
            new RegExp(`^eventfold_projection_${name}{projection="${projection}"} [\\d.e-]+$`, 'm'),
          );
        }
      }
      expect(text).toMatch(/^process_cpu_seconds_total /m);
      expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
      // Every line is a comment or a sample, and no line occurs twice.
      const lines = text.split('\n').filter((line) => line !== '');
      for (const line of lines)
        expect(line).toMatch(/^(# (HELP|TYPE) .+|[a-z_0-9]+(\{.*\})? (-?[\d.e+-]+|Nan))$/);
      expect(new Set(lines).size).toBe(lines.length);
    });

    it('show the percentage of a rebuild, as long as there is one', async () => {
      await api.post('/projections/user-profile/rebuild', { hold: true });
      await eventually(async () =>
        expect((await api.get('/metrics')).body).toContain(
          'eventfold_projection_rebuild_percent{projection="user-profile"} 100\n',
        ),
      );
      await remove('/projections/user-profile/rebuild');
      expect((await api.get('/metrics')).body).not.toContain('rebuild_percent{');
    });
  });
});
