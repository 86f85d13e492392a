import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { LiveConnections } from '../../src/event-sourcing/for-service.js';
import { ProjectionOperations } from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import { Feed } from '../support/http/feed.js';
import { startOn, startTestService, type TestService } from '../support/http/test-service.js';

const INTERVAL_MS = 250;

describe('a feed of rows', () => {
  let service: TestService;
  const feeds: Feed[] = [];
  beforeAll(async () => (service = await startTestService({ LIVE_INTERVAL_MS: String(INTERVAL_MS) })));
  afterAll(() => service.stop());
  afterEach(() => feeds.splice(0).forEach((feed) => feed.close()));

  const follow = async (path: string, headers = {}, url = service.api.url) => {
    const feed = await Feed.open(url + path, headers);
    feeds.push(feed);
    return feed;
  };
  const register = async () => {
    const userId = randomUUID();
    const user = { userId, email: `${userId}@example.org`, name: 'Ada', initialPreferences: ['war'] };
    const { body } = await service.api.post('/users', user);
    return { userId, position: String(body.position) };
  };
  const change = async (userId: string, ...preferences: string[]) =>
    (await service.api.put(`/users/${userId}/preferences`, { preferences })).body.position as number;
  const watched = async (contentId: string) => {
    const view = { userId: randomUUID(), contentId, watchDurationSeconds: 60, completionPercentage: 50 };
    return (await service.api.post('/viewing/watched', view)).body.position as number;
  };

  /** Rows that are read for an earlier notice may have folded a later position: the id of a message is a lower bound. */
  const expectBetween = (id: number, from: number | string, changed: number) => {
    expect(id).toBeGreaterThanOrEqual(Number(from));
    expect(id).toBeLessThanOrEqual(changed);
  };

  it('of a profile shows it at once, after Read-After, and again when it changes', async () => {
    const { userId, position } = await register();
    const feed = await follow(`/users/${userId}/profile`, { 'read-after': position });
    const [first] = await feed.has(1);
    const { body } = await service.api.get(`/users/${userId}/profile`);
    expect(first).toMatchObject({ event: 'changed', data: body });
    const changed = await change(userId, 'drama');
    await feed.has(2);
    expect(feed.messages[1]).toMatchObject({ event: 'changed' });
    expectBetween(feed.messages[1]!.id, position, changed);
    expect(feed.messages[1]!.data).toEqual((await service.api.get(`/users/${userId}/profile`)).body);
    expect(feed.messages[1]!.data.preferences).toEqual(['drama']);
  });

  it('of a profile says nothing of the changes of others', async () => {
    const [mine, other] = [await register(), await register()];
    const feed = await follow(`/users/${mine.userId}/profile`, { 'read-after': other.position });
    await feed.has(1);
    await change(other.userId, 'drama');
    const changed = await change(mine.userId, 'comedy');
    await feed.has(2);
    expectBetween(feed.messages[1]!.id, mine.position, changed);
    expect(feed.messages[1]!.data.preferences).toEqual(['comedy']);
    expect(feed.messages).toHaveLength(2);
  });

  it('shows the last state of many changes, and fewer messages than changes', async () => {
    const { userId, position } = await register();
    const feed = await follow(`/users/${userId}/profile`, { 'read-after': position });
    const since = performance.now();
    for (let nth = 1; nth <= 40; nth++) await change(userId, `genre ${nth}`);
    await feed.shows(({ data }) => expect(data.preferences).toEqual(['genre 40']));
    const intervals = (performance.now() - since) / INTERVAL_MS;
    expect(feed.messages.length).toBeLessThanOrEqual(intervals + 3);
    expect(feed.messages.length).toBeLessThan(40);
    expect(feed.ids).toEqual(feed.ids.toSorted((a, b) => a - b));
  });

  it('of the chart shows every change of any content', async () => {
    const contentId = randomUUID();
    const chart = '/contents/popularity?sort=views&limit=200';
    const feed = await follow(chart);
    await feed.has(1);
    const [before] = feed.ids;
    await watched(contentId);
    const position = await watched(contentId);
    await feed.shows(({ id, data }) => {
      expectBetween(id, before!, position);
      const row = data.items.find((each: { contentId: string }) => each.contentId === contentId);
      expect(row).toMatchObject({ totalViews: 2 });
    });
    expect(feed.messages.at(-1)!.data.nextCursor).toBeNull();
  });

  it('works where projections are off: the fold of another process is waited for', async () => {
    const other = await startOn(service.database.url, { PROJECTIONS: 'off', LIVE_INTERVAL_MS: '10' });
    try {
      const { userId, position } = await register();
      const feed = await follow(`/users/${userId}/profile`, { 'read-after': position }, other.url);
      for (let nth = 1; nth <= 5; nth++) {
        const changed = await change(userId, `genre ${nth}`);
        await feed.shows(({ id, data }) => {
          expectBetween(id, position, changed);
          expect(data.preferences).toEqual([`genre ${nth}`]);
        });
      }
    } finally {
      await other.stop();
    }
  });

  it('waits while the projection is paused, and shows what came meanwhile', async () => {
    const operations = service.app.get(ProjectionOperations);
    const { userId, position } = await register();
    const feed = await follow(`/users/${userId}/profile`, { 'read-after': position });
    await feed.has(1);
    await operations.pause('user-profile');
    const changed = await change(userId, 'paused');
    const later = await follow(`/users/${userId}/profile`);
    expect((await later.has(1))[0]!.data.preferences).toEqual(['war']);
    await operations.resume('user-profile');
    for (const each of [feed, later]) {
      await each.shows(({ id, data }) => {
        expectBetween(id, position, changed);
        expect(data.preferences).toEqual(['paused']);
      });
    }
  });

  it('shows rows that a rebuild has exchanged', async () => {
    const { userId, position } = await register();
    const feed = await follow(`/users/${userId}/profile`, { 'read-after': position });
    await feed.has(1);
    await service.database.query(
      `update eventfold.user_profiles set name = 'Lovelace' where user_id = '${userId}'`,
    );
    await service.app.get(ProjectionOperations).rebuild('user-profile');
    await change(userId, 'drama');
    await feed.shows(({ data }) => expect(data).toMatchObject({ name: 'Ada', preferences: ['drama'] }));
  });

  it('is refused as the query without a feed', async () => {
    const [unknown, badCursor, noUuid] = [
      await follow(`/users/${randomUUID()}/profile`),
      await follow('/contents/popularity?cursor=abc'),
      await follow('/users/ada/profile'),
    ];
    expect([unknown, badCursor, noUuid].map(({ status }) => status)).toEqual([404, 400, 400]);
    for (const { answer } of [unknown, badCursor, noUuid]) {
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    }
  });

  it('is refused with 503 when it cannot show the position of Read-After in time', async () => {
    const other = await startOn(service.database.url, { PROJECTIONS: 'off', READ_AFTER_TIMEOUT_MS: '10' });
    try {
      const { userId } = await register();
      const feed = await follow(`/users/${userId}/profile`, { 'read-after': '999999' }, other.url);
      expect(feed.status).toBe(503);
    } finally {
      await other.stop();
    }
  });

  it.each([
    ['text/event-stream', /^text\/event-stream/],
    ['text/event-stream, application/json;q=0.5', /^text\/event-stream/],
    ['application/json', /^application\/json/],
    ['*/*', /^application\/json/],
    ['application/json, text/event-stream', /^application\/json/],
  ])('comes with Accept: %s only if that is preferred', async (accept, type) => {
    const { userId, position } = await register();
    const feed = await follow(`/users/${userId}/profile`, { accept, 'read-after': position });
    expect(feed.answer.headers['content-type']).toMatch(type);
  });

  it('gives up its place when the client goes', async () => {
    const { app } = service;
    const { userId, position } = await register();
    const feed = await follow(`/users/${userId}/profile`, { 'read-after': position });
    await feed.has(1);

    const before = app.get(LiveConnections).count;
    feed.close();
    await eventually(() => expect(app.get(LiveConnections).count).toBe(before - 1));
  });
});
