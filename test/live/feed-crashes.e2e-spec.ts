import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Feed } from '../support/http/feed.js';
import { ResumingFeed } from '../support/http/resuming-feed.js';
import { eventually } from '../support/eventually.js';
import { PATIENCE_MS } from '../support/patience.js';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { PrivateServer } from '../support/servers/private-server.js';

describe('feeds of a service', () => {
  let server: PrivateServer;
  let service: ServiceProcess;
  let feed: ResumingFeed;
  const start = () => startServiceProcess({ DATABASE_URL: server.url });
  beforeAll(async () => {
    server = await PrivateServer.start();
    service = await start();
    feed = new ResumingFeed(() => `${service.api.url}/events/feed?after=0`);
  });
  afterAll(async () => {
    await feed?.close();
    await service?.end('SIGKILL');
    await server.remove();
  });

  /** An acknowledged event; a request that finds service or database away is sent again. */
  async function catalogue(): Promise<number> {
    let position = 0;
    const contentId = randomUUID();
    await eventually(async () => {
      const { status, body } = await service.api.put(`/contents/${contentId}`, {
        title: 'Jaws',
        genre: 'horror',
      });
      expect(status).toBe(200);
      position = body.position;
    }, PATIENCE_MS);
    return position;
  }
  const upTo = (head: number) => Array.from({ length: head }, (_, index) => index + 1);

  it('resume behind the last event after the service was killed, and miss and repeat none', async () => {
    for (let nth = 0; nth < 20; nth++) await catalogue();
    await feed.reaches(10);
    const writing = Promise.all(Array.from({ length: 50 }, () => catalogue()));
    await service.end('SIGKILL');
    service = await start();
    await writing;
    const head = await catalogue();
    await feed.reaches(head);
    expect(feed.ids).toEqual(upTo(head));
    expect(feed.connections).toBeGreaterThan(1);
  });

  it('stay open while the database is restarted, and go on by themselves', async () => {
    const { connections } = feed;
    const userId = randomUUID();
    const user = { userId, email: `${userId}@example.org`, name: 'Ada', initialPreferences: ['war'] };
    const { body } = await service.api.post('/users', user);
    const profile = await Feed.open(`${service.api.url}/users/${userId}/profile`, {
      'read-after': String(body.position),
    });
    await profile.has(1);
    await server.crashAndRestart();
    const head = await catalogue();
    await feed.reaches(head);
    await eventually(async () => {
      const { status } = await service.api.put(`/users/${userId}/preferences`, { preferences: ['drama'] });
      expect(status).toBe(200);
    }, PATIENCE_MS);
    await profile.shows(({ data }) => expect(data.preferences).toEqual(['drama']));
    expect(profile.hasEnded).toBe(false);
    expect(feed.connections).toBe(connections);
    expect(feed.ids).toEqual(upTo(feed.ids.at(-1)!));
    profile.close();
  });

  it('end in order at once when the service is told to stop', async () => {
    const open = await Promise.all(
      ['/events/feed', '/contents/popularity', '/events/feed?type=none'].map((path) =>
        Feed.open(service.api.url + path),
      ),
    );
    const since = performance.now();
    expect(await service.end('SIGTERM')).toBe(0);
    expect(performance.now() - since).toBeLessThan(10_000);
    for (const each of open) {
      await each.ends();
      expect(each.isComplete).toBe(true);
    }
    service = await start();
  });
});
