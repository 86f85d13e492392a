import { afterEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { LiveConnections } from '../../src/event-sourcing/for-service.js';
import { EventStore } from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import { Feed } from '../support/http/feed.js';
import { startTestService, type TestService } from '../support/http/test-service.js';
import { bearer, nowInS, SECRET, tokenOf } from '../support/http/tokens.js';
import { PATIENCE_MS } from '../support/patience.js';

/** The skew of clocks that the check of tokens allows, in s. */
const SKEW_S = 30;

describe('a feed', () => {
  let service: TestService;
  const feeds: Feed[] = [];
  afterEach(async () => {
    feeds.splice(0).forEach((feed) => feed.close());
    await service.stop();
  });

  const follow = async (path: string, headers = {}) => {
    const feed = await Feed.open(service.api.url + path, headers);
    feeds.push(feed);
    return feed;
  };
  const append = (data: object = {}) =>
    service.app
      .get(EventStore)
      .appendToStream(`content-${randomUUID()}`, 'any', [{ type: 'content.catalogued', data }]);

  it('is refused beyond LIVE_MAX_CONNECTIONS, until another one ends', async () => {
    service = await startTestService({ LIVE_MAX_CONNECTIONS: '2' });
    const [first] = [await follow('/events/feed'), await follow('/contents/popularity')];
    const { status, headers, body } = await service.api.get('/events/feed');
    expect({ status, body }).toMatchObject({ status: 503, body: { type: 'live.too-many' } });
    expect(headers.get('retry-after')).toBe('1');
    expect((await service.api.get('/contents/popularity')).status).toBe(200);
    first.close();
    await eventually(async () => expect((await follow('/events/feed')).status).toBe(200));
  });

  it('is no way in for a sender without rights', async () => {
    service = await startTestService({ AUTH_JWT_SECRET: SECRET });
    const [me, other] = [randomUUID(), randomUUID()];
    const mine = bearer(await tokenOf({ sub: me }));
    const user = { email: `${me}@example.org`, name: 'Ada' };
    const { body } = await service.api.post('/users', user, mine);
    const after = { 'read-after': String(body.position) };
    const statuses = async (headers: Record<string, string>) => [
      (await follow('/events/feed', headers)).status,
      (await follow(`/users/${me}/profile`, { ...headers, ...after })).status,
      (await follow('/contents/popularity', headers)).status,
    ];
    expect(await statuses({})).toEqual([401, 401, 401]);
    expect(await statuses(bearer(await tokenOf({ sub: other })))).toEqual([403, 403, 200]);
    expect(await statuses(mine)).toEqual([403, 200, 200]);
    expect(await statuses(bearer(await tokenOf({ sub: 'ops', scope: 'admin' })))).toEqual([200, 200, 200]);
  });

  it('ends when its token expires', async () => {
    service = await startTestService({ AUTH_JWT_SECRET: SECRET });
    const admin = { sub: 'ops', scope: 'admin' };
    const soon = bearer(await tokenOf({ ...admin, exp: nowInS() - SKEW_S + 3 }));
    const [short, long] = [
      await follow('/events/feed', soon),
      await follow('/events/feed', bearer(await tokenOf(admin))),
    ];
    expect(short.status).toBe(200);
    await short.ends();
    expect(short.isComplete).toBe(true);
    expect((await follow('/events/feed', soon)).status).toBe(401);
    expect(long.hasEnded).toBe(false);
  });

  it('ends at once at the stop, and the stop waits for no client', async () => {
    service = await startTestService();
    const open = [await follow('/events/feed'), await follow('/contents/popularity')];
    const since = performance.now();
    await (service.app as unknown as { close(): Promise<void> }).close();
    expect(performance.now() - since).toBeLessThan(10_000);
    for (const feed of open) {
      await feed.ends();
      expect(feed.isComplete).toBe(true);
    }
  });

  it('with nothing to say shows every 15 s that it is alive', async () => {
    service = await startTestService();
    const feed = await follow('/events/feed');
    await eventually(() => expect(feed.comments).toBeGreaterThanOrEqual(3), PATIENCE_MS);
    expect(feed.hasEnded).toBe(false);
  });

  it('is cut off when its client takes nothing for long, and others do not notice', async () => {
    service = await startTestService();
    const [slow, fast] = [await follow('/events/feed'), await follow('/events/feed')];
    slow.answer.pause();
    const large = { contentId: 'large', title: 'x'.repeat(500_000), genre: 'drama' };
    let last = 0;
    for (let nth = 0; nth < 40; nth++) last = (await append(large)).position;
    await fast.shows(({ id }) => expect(id).toBe(last));
    // A client that reads nothing does not notice the end of its connection.
    const connections = service.app.get(LiveConnections);
    await eventually(() => expect(connections.count).toBe(1), PATIENCE_MS);
    slow.answer.resume();
    await slow.ends();
    expect(slow.isComplete).toBe(false);
    const seen = slow.ids.at(-1) ?? 0;
    const again = await follow('/events/feed', { 'last-event-id': String(seen) });
    await again.shows(({ id }) => expect(id).toBe(last));
    expect([...slow.ids, ...again.ids]).toEqual(fast.ids);
  });
});
