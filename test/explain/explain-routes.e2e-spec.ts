import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { EventStore, ProjectionProgress } from '../../src/event-sourcing/index.js';
import { UserRegistered, UserSubscribed } from '../../src/users/user.events.js';
import { ContentWatched } from '../../src/viewing/viewing.events.js';
import { eventfold } from '../support/cli.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

const HOSTILE = `<img src=x onerror="alert(1)"> '; drop table events; -- \u202e ${'é'.repeat(40)}/..%2f?#`;
/** Of a megabyte. */
const NAME = HOSTILE + 'x'.repeat(1_000_000);

describe('the routes that explain', () => {
  let service: TestService;
  const userId = randomUUID();
  const user = `/projections/user-profile/rows/${userId}`;
  const content = `/projections/content-popularity/rows/${encodeURIComponent(HOSTILE)}`;

  beforeAll(async () => {
    service = await startTestService();
    const store = service.app.get(EventStore);
    const registered = { userId, email: 'a@example.org', name: NAME, initialPreferences: [] };
    await store.appendToStream(`user-${userId}`, 0, [
      new UserRegistered(registered),
      new UserSubscribed({ userId, plan: 'premium', paymentMethod: 'card' }),
    ]);
    const watched = { userId, contentId: HOSTILE, watchDurationSeconds: 60, completionPercentage: 50 };
    const { position } = await store.appendToStream('content-x', 'any', [new ContentWatched(watched)]);
    const progress = service.app.get(ProjectionProgress);
    for (const name of ['user-profile', 'content-popularity']) await progress.waitFor(name, position);
  });
  afterAll(() => service.stop());

  it('show the rows of a key, of hostile text and of a megabyte', async () => {
    const { status, body } = await service.api.get(user);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { projection: 'user-profile', key: userId, position: 3, parkedAt: null },
    });
    expect(body.tables[0].rows[0]).toMatchObject({ name: NAME, subscription_plan: 'premium' });
    const { body: ofContent } = await service.api.get(content);
    expect(ofContent.tables.map(({ rows }: { rows: object[] }) => rows.length)).toEqual([1, 1]);
    expect(ofContent.tables[0].rows[0]).toMatchObject({ content_id: HOSTILE, total_views: 1 });
  });

  it('show what each event changed', async () => {
    const { body } = await service.api.get(`${user}/history`);
    const fields = body.items.map(({ changes }: any) => changes[0].fields);
    expect(fields).toEqual([
      expect.arrayContaining(['user_id', 'name', 'is_active']),
      expect.arrayContaining(['subscription_plan']),
      expect.arrayContaining(['total_watch_time', 'favorite_genres']),
    ]);
    expect(fields[1]).not.toContain('name');
    expect(body.items[1].changes[0]).toMatchObject({
      before: { subscription_plan: 'free' },
      after: { subscription_plan: 'premium' },
    });
    expect(body).toMatchObject({ nextCursor: null, scanned: { to: 3, head: 3 }, dependsOnOtherRows: null });
    const { body: first } = await service.api.get(`${user}/history?limit=1`);
    expect(first).toMatchObject({ nextCursor: '1', items: [{ event: { position: 1 } }] });
  });

  it('rebuild the rows of a key', async () => {
    await service.database.query(`update eventfold.user_profiles set name = 'wrong'`);
    const { status, body } = await service.api.post(`${user}/rebuild`);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { position: 3, tables: [{ differing: 1, differences: [{ living: { name: 'wrong' } }] }] },
    });
    expect((await service.api.get(user)).body.tables[0].rows[0].name).toBe(NAME);
  });

  it('show the state of an aggregate after each event, and what changed', async () => {
    const { body } = await service.api.get(`/streams/user-${userId}/states?fromVersion=2`);
    expect(body).toMatchObject({
      aggregate: 'User',
      nextCursor: null,
      items: [{ state: { subscriptionPlan: 'premium' }, failure: null }],
    });
    expect(body.items[0].changes).toEqual([{ path: '/subscriptionPlan', before: 'free', after: 'premium' }]);
    const problem = async (path: string) => (await service.api.get(path)).body.type;
    expect(await problem('/streams/content-x/states')).toBe('stream.no-aggregate');
    expect(await problem(`/streams/user-${randomUUID()}/states`)).toBe('stream.not-found');
  });

  it('find the events of one request, of one actor, and from the end on', async () => {
    const all = (await service.api.get('/events?direction=backwards')).body;
    expect(all.items.map(({ position }: any) => position)).toEqual([3, 2, 1]);
    const { correlationId } = all.items[2].metadata;
    const { body } = await service.api.get(`/events?correlationId=${encodeURIComponent(correlationId)}`);
    expect(body.items.length).toBeGreaterThan(0);
    expect(body.items.every(({ metadata }: any) => metadata.correlationId === correlationId)).toBe(true);
    expect(body).toMatchObject({ nextCursor: null, scanned: { to: 3, head: 3 } });
    expect((await service.api.get('/events?actor=nobody')).body).toMatchObject({
      items: [],
      nextCursor: null,
    });
    const page = (await service.api.get('/events?direction=backwards&limit=2')).body;
    expect(page).toMatchObject({ nextCursor: '2' });
    const rest = (await service.api.get('/events?direction=backwards&limit=2&after=2')).body;
    expect(rest).toMatchObject({ items: [{ position: 1 }], nextCursor: null });
  });

  it('name the rows that an event touches', async () => {
    const { body } = await service.api.get('/events/3/rows');
    expect(body.items.toSorted((a: any, b: any) => (a.projection < b.projection ? -1 : 1))).toMatchObject([
      { projection: 'content-popularity', key: HOSTILE, tables: [{}, { key: { user_id: userId } }] },
      { projection: 'user-profile', key: userId, tables: [{ key: { user_id: userId } }] },
    ]);
  });

  it.each([
    ['/projections/none/rows/x', 404, 'projection.not-found'],
    ['/projections/user-profile/rows/no-uuid', 404, 'projection.row-not-found'],
    ['/events/999/rows', 404, 'event.not-found'],
    ['/events/0/rows', 400, 'invalid-request'],
    ['/events?direction=up', 400, 'invalid-request'],
    ['/projections/user-profile/rows/x/history?limit=0', 400, 'invalid-request'],
    ['/projections/user-profile/rows/x/history?upTo=-1', 400, 'invalid-request'],
    ['/projections/user-profile/rows/x/history?after=3&upTo=2', 400, 'invalid-request'],
    ['/streams/user-1/states?limit=1000', 400, 'invalid-request'],
  ])('answer %s with %d', async (path, status, type) => {
    expect((await service.api.get(path)).body).toMatchObject({ status, type });
  });

  it('have commands that print the same', async () => {
    const run = (...args: string[]) => eventfold({ DATABASE_URL: service.database.url }, ...args);
    const row = await run('projections', 'row', 'user-profile', userId, '--json');
    expect(JSON.parse(row.out)).toEqual((await service.api.get(user)).body);
    const { out } = await run('projections', 'history', 'user-profile', userId, '--after', '1');
    expect(out).toContain('subscription_plan: "free" -> "premium"');
    expect((await run('projections', 'rebuild-row', 'user-profile', userId)).out).toMatch(
      /1 equal, 0 changed/,
    );
    expect((await run('stream', 'states', `user-${userId}`)).out).toContain(
      '/subscriptionPlan: "free" -> "premium"',
    );
    expect((await run('log', 'find', '--type', 'user.subscribed')).out).toContain('user.subscribed');
    expect(await run('log', 'find')).toMatchObject({ code: 2 });
  });
});
