import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { EventStore } from '../../src/event-sourcing/index.js';
import { Feed } from '../support/http/feed.js';
import { startOn, startTestService, type TestService } from '../support/http/test-service.js';
import { eventually } from '../support/eventually.js';

/** What clients follow: events as `GET /events` shows them. */
interface ShownEvent {
  position: number;
  streamId: string;
  type: string;
  metadata: { correlationId: string };
}

describe('GET /events/feed', () => {
  let service: TestService;
  const feeds: Feed<ShownEvent>[] = [];
  beforeAll(async () => (service = await startTestService()));
  afterAll(() => service.stop());
  afterEach(() => feeds.splice(0).forEach((feed) => feed.close()));

  const follow = async (query = '', headers = {}, url = service.api.url) => {
    const feed = await Feed.open<ShownEvent>(`${url}/events/feed${query}`, headers);
    feeds.push(feed);
    return feed;
  };
  const catalogue = async (contentId: string = randomUUID(), headers = {}) => {
    const title = { title: contentId, genre: 'drama' };
    const { status, body } = await service.api.put(`/contents/${contentId}`, title, headers);
    expect(status).toBe(200);
    return body.position as number;
  };
  const rate = async (contentId: string) => {
    const rating = { userId: randomUUID(), contentId, rating: 5 };
    return (await service.api.post('/viewing/rated', rating)).body.position as number;
  };

  it('says at once that it is open, and how it is to be treated', async () => {
    const feed = await follow();
    expect(feed.status).toBe(200);
    expect(feed.answer.headers).toMatchObject({
      'content-type': expect.stringMatching(/^text\/event-stream/),
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-correlation-id': expect.any(String),
      'x-content-type-options': 'nosniff',
    });
    await eventually(() => expect(feed.comments).toBe(1));
  });

  it('sends what is appended from then on, as GET /events shows it', async () => {
    const before = await catalogue();
    const feed = await follow();
    const position = await catalogue();
    const [message] = await feed.has(1);
    expect(message).toMatchObject({ id: position, event: 'event' });
    const { body } = await service.api.get(`/events?after=${before}&limit=1`);
    expect(message!.data).toEqual(body.items[0]);
  });

  it('sends every event once and in order, however many clients append', async () => {
    const first = await catalogue();
    const [early, late] = [await follow(), await follow(`?after=${first}`)];
    const writes = Array.from({ length: 300 }, () => catalogue());
    const middle = await follow(`?after=${first}`);
    const positions = (await Promise.all(writes)).toSorted((a, b) => a - b);
    for (const feed of [early, middle, late]) {
      await feed.has(positions.length);
      expect(feed.ids).toEqual(positions);
    }
  });

  it('begins at the beginning of the log, over many pages', async () => {
    await Promise.all(Array.from({ length: 600 }, () => catalogue()));
    const { body } = await service.api.get('/events?limit=1');
    const head = await catalogue();
    const feed = await follow('?after=0');
    await feed.has(head);
    expect(feed.ids).toEqual(Array.from({ length: head }, (_, index) => index + 1));
    expect(feed.messages[0]!.data).toEqual(body.items[0]);
  });

  it('goes on behind Last-Event-ID, which wins over `after`', async () => {
    const positions = [await catalogue(), await catalogue(), await catalogue()];
    const feed = await follow('?after=0', { 'last-event-id': String(positions[0]) });
    await feed.has(2);
    expect(feed.ids).toEqual(positions.slice(1));
  });

  it.each([
    ['from its beginning', '&after=0', 3],
    ['from now on', '', 1],
  ])('sends only events of a stream, %s', async (_when, query, count) => {
    const [contentId, other] = [randomUUID(), randomUUID()];
    const positions = [await catalogue(contentId)];
    await catalogue(other);
    positions.push(await rate(contentId));
    const feed = await follow(`?stream=content-${contentId}${query}`);
    await rate(other);
    positions.push(await rate(contentId));
    await feed.has(count);
    expect(feed.ids).toEqual(positions.slice(-count));
  });

  it('resumes in the middle of a stream', async () => {
    const contentId = randomUUID();
    const positions = [await catalogue(contentId), await rate(contentId), await rate(contentId)];
    const feed = await follow(`?stream=content-${contentId}&after=${positions[0]}`);
    positions.push(await rate(contentId));
    await feed.has(3);
    expect(feed.ids).toEqual(positions.slice(1));
  });

  it('sends only events of the given types, of one or several', async () => {
    const contentId = randomUUID();
    const after = await catalogue(contentId);
    const [one, two, none] = [
      await follow(`?type=content.rated&after=${after}`),
      await follow(`?type=content.rated&type=content.catalogued&after=${after}`),
      await follow(`?type=content.unheard_of&after=${after}`),
    ];
    const positions = [await rate(contentId), await catalogue(randomUUID()), await rate(contentId)];
    await two.has(3);
    await one.has(2);
    expect(two.ids).toEqual(positions);
    expect(one.ids).toEqual([positions[0], positions[2]]);
    expect(none.ids).toEqual([]);
  });

  it('sends only events of a correlation', async () => {
    const [mine, other] = [randomUUID(), randomUUID()];
    const first = await catalogue(randomUUID(), { 'x-correlation-id': mine });
    const feed = await follow(`?correlationId=${mine}&after=0`);
    await catalogue(randomUUID(), { 'x-correlation-id': other });
    const second = await catalogue(randomUUID(), { 'x-correlation-id': mine });
    await feed.has(2);
    expect(feed.ids).toEqual([first, second]);
  });

  it.each(['?after=-1', '?after=x', '?type=', '?stream=', '?correlationId=', '?kind=a'])(
    'refuses %s',
    async (query) => {
      expect((await service.api.get(`/events/feed${query}`)).status).toBe(400);
    },
  );

  it('refuses a Last-Event-ID that is no position', async () => {
    const { status, body } = await service.api.get('/events/feed', { 'last-event-id': 'abc' });
    expect({ status, body }).toMatchObject({ status: 400, body: { type: 'invalid-request' } });
  });

  it('answers HEAD without a body', async () => {
    const { status, headers } = await fetch(`${service.api.url}/events/feed`, { method: 'HEAD' });
    expect([status, headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/event-stream'),
    ]);
  });

  it('sends an event of another process, also where projections are off', async () => {
    const other = await startOn(service.database.url, { PROJECTIONS: 'off' });
    try {
      const feed = await follow('', {}, other.url);
      const position = await catalogue();
      await feed.has(1);
      expect(feed.ids).toEqual([position]);
    } finally {
      await other.stop();
    }
  });

  it('sends large events one by one to a client that begins early', async () => {
    const first = await service.app.get(EventStore).head();
    const large = { contentId: 'large', title: 'x'.repeat(900_000), genre: 'drama' };
    for (let nth = 0; nth < 5; nth++) {
      const event = { type: 'content.catalogued', data: large, schemaVersion: 1 };
      await service.app.get(EventStore).appendToStream(`large-${randomUUID()}`, 'any', [event]);
    }
    const feed = await follow(`?after=${first}`);
    await feed.has(5);
    expect(feed.ids).toEqual([1, 2, 3, 4, 5].map((nth) => first + nth));
  });
});
