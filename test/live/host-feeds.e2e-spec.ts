/** Feeds of hosts: the routes of Eventfold in a host, and `LiveFeed` for feeds of the host's own. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, type MessageEvent, Sse } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { from, map, type Observable } from 'rxjs';
import {
  EventSourcingModule,
  EventStore,
  InvalidArgumentError,
  LiveFeed,
  ProjectionNotFoundError,
  ProjectionProgress,
} from '../../src/event-sourcing/index.js';
import { LiveConnections } from '../../src/event-sourcing/for-service.js';
import { OperationsModule } from '../../src/operations/index.js';
import { UserProfileModule } from '../../src/user-profile/user-profile.module.js';
import { UsersModule } from '../../src/users/users.module.js';
import { eventually } from '../support/eventually.js';
import { Feed } from '../support/http/feed.js';
import {
  ADAPTERS,
  hostDataSource,
  hostModule,
  startWebHost,
  type WebHost,
} from '../support/hosts/web-host.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';

/** The host's own feed, as its documentation shows it. */
@Controller('types')
class TypesController {
  constructor(private readonly live: LiveFeed) {}

  @Sse()
  types(): Observable<MessageEvent> {
    return from(this.live.events()).pipe(
      map(({ position, type }) => ({ id: String(position), data: { type } })),
    );
  }
}

describe.each(Object.keys(ADAPTERS))('feeds in a host on %s', (adapter) => {
  let database: TestDatabase;
  let host: WebHost;
  let url: string;
  const feeds: Feed[] = [];
  beforeAll(async () => {
    database = await createEmptyDatabase();
    host = await startWebHost(
      adapter,
      hostModule(
        [hostDataSource(database)],
        [
          EventSourcingModule.forRoot({ liveIntervalMs: 50, liveMaxConnections: 3 }),
          UsersModule.forRoot({ open: true }),
          UserProfileModule.forRoot({ open: true }),
          OperationsModule.forRoot({ path: 'ops', open: true }),
        ],
        { controllers: [TypesController] },
      ),
    );
    url = await host.app.getUrl();
  });
  afterAll(async () => {
    await host.app.close();
    await database.drop();
  });
  afterEach(() => feeds.splice(0).forEach((feed) => feed.close()));

  const follow = async (path: string, headers = {}) => {
    const feed = await Feed.open(url + path, headers);
    feeds.push(feed);
    return feed;
  };
  const register = async () => {
    const userId = randomUUID();
    const user = { userId, email: `${userId}@example.org`, name: 'Ada', initialPreferences: ['war'] };
    const { status, body } = await host.send('POST', '/users', user);
    expect(status).toBe(201);
    return { userId, position: (body as { position: number }).position };
  };
  const change = (userId: string, ...preferences: string[]) =>
    host.send('PUT', `/users/${userId}/preferences`, { preferences });

  it('show the log under the path of the operations', async () => {
    const feed = await follow('/ops/events/feed');
    expect(feed.answer.headers).toMatchObject({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    const { userId, position } = await register();
    await feed.shows(({ id, data }) => {
      expect(id).toBe(position);
      expect(data).toMatchObject({ position, data: { userId } });
    });
  });

  it('show a profile, and answer an unknown one with 404', async () => {
    const { userId, position } = await register();
    const feed = await follow(`/users/${userId}/profile`, { 'read-after': String(position) });
    await feed.has(1);
    await change(userId, 'drama');
    await feed.shows(({ data }) => expect(data.preferences).toEqual(['drama']));
    expect((await follow(`/users/${randomUUID()}/profile`)).status).toBe(404);
  });

  it('are limited, and a client that has gone makes room', async () => {
    const open = [await follow('/ops/events/feed'), await follow('/ops/events/feed')];
    await eventually(async () => expect((await follow('/ops/events/feed')).status).toBe(503));
    open[0]!.close();
    await eventually(async () => expect((await follow('/ops/events/feed')).status).toBe(200));
  });

  it('answer HEAD without a body', async () => {
    const connections = host.app.get(LiveConnections);
    await eventually(() => expect(connections.count).toBe(0));
    const { status } = await fetch(`${url}/ops/events/feed`, { method: 'HEAD' });
    expect(status).toBe(200);
    await eventually(() => expect(connections.count).toBe(0));
  });

  it('may be of the host: events over its own SSE', async () => {
    const feed = await follow('/types');
    await eventually(async () => {
      await register();
      expect(feed.messages.map(({ data }) => data.type)).toContain('user.registered');
    });
  });

  it('may be of the host: rows by a query of its own', async () => {
    const live = host.app.get(LiveFeed);
    const progress = host.app.get(ProjectionProgress);
    const { userId, position } = await register();
    await progress.waitFor('user-profile', position);
    let reads = 0;
    const watch = live.watch({ projection: 'user-profile', key: userId, read: async () => ++reads });
    expect((await watch.next()).value).toMatchObject({ answer: 1 });
    let next = watch.next();
    await change(userId, 'drama');
    // An answer may be the same as before, such as after a notice that a worker of the projection has started.
    while ((await next).value.position <= position) next = watch.next();
    const waiting = watch.next();
    await watch.return!();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it('end when the caller aborts, and when it breaks out of its loop', async () => {
    const live = host.app.get(LiveFeed);
    const controller = new AbortController();
    const waiting = live.events({ signal: controller.signal }).next();
    controller.abort();
    expect((await waiting).done).toBe(true);
    const seen: number[] = [];
    for await (const { position } of live.events({ after: 0 })) {
      seen.push(position);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual([1, 2]);
  });

  it('pass on the error of a read, and refuse what they cannot follow', async () => {
    const live = host.app.get(LiveFeed);
    const read = () => Promise.reject(new Error('no such row'));
    await expect(live.watch({ projection: 'user-profile', read }).next()).rejects.toThrow('no such row');
    expect(() => live.watch({ projection: 'none', read })).toThrow(ProjectionNotFoundError);
    expect(() => live.events({ after: -1 })).toThrow(InvalidArgumentError);
    expect(() => live.events({ types: [1 as never] })).toThrow(InvalidArgumentError);
  });

  it('let a consumer that stops for a while go on where it was, without a gap', async () => {
    const live = host.app.get(LiveFeed);
    const store = host.app.get(EventStore);
    const after = await store.head();
    const slow = live.events({ after })[Symbol.asyncIterator]();
    await register();
    const first = await slow.next();
    const events = Array.from({ length: 700 }, () => ({ type: 'shop.visited', data: {} }));
    for (let nth = 0; nth < 3; nth++)
      await store.appendToStream(`visits-${randomUUID()}`, 'no-stream', events);
    const head = await store.head();
    const positions = [first.value.position as number];
    while (positions.at(-1)! < head) positions.push((await slow.next()).value.position);
    expect(positions).toEqual(Array.from({ length: head - after }, (_, index) => after + 1 + index));
    await slow.return!();
  });
});
