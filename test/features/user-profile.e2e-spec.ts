import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Answer } from '../support/http/api.js';
import { type ExpectedProfile, foldProfiles, readLog } from '../support/log/plain-fold.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

const MINUTE = 60_000;

const secondsLater = (date: string, seconds: number) =>
  new Date(Date.parse(date) + seconds * 1000).toISOString();

describe('the profile of a user', () => {
  let service: TestService;
  /** Position of the last answer. */
  let last = 0;

  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());

  async function succeed(answer: Promise<Answer>): Promise<Answer> {
    const { status, headers, body } = await answer;
    expect({ status: Math.floor(status / 100), body }).toMatchObject({ status: 2 });
    last = body.position;
    return { status, headers, body };
  }

  async function register(initialPreferences?: string[], userId: string = randomUUID()): Promise<string> {
    const email = `${userId}@example.org`;
    await succeed(service.api.post('/users', { userId, email, name: 'Ada', initialPreferences }));
    return userId;
  }

  const subscribe = (userId: string, plan: string) =>
    succeed(service.api.post(`/users/${userId}/subscription`, { plan, paymentMethod: 'paypal' }));
  const prefer = (userId: string, preferences: string[]) =>
    succeed(service.api.put(`/users/${userId}/preferences`, { preferences }));
  const deactivate = (userId: string) => succeed(service.api.post(`/users/${userId}/deactivation`, {}));
  const reactivate = (userId: string) => succeed(service.api.post(`/users/${userId}/reactivation`, {}));
  const rate = (userId: string, fields: object = {}) =>
    succeed(service.api.post('/viewing/rated', { userId, contentId: 'film', rating: 4, ...fields }));
  const watch = (userId: string, fields: object = {}) =>
    succeed(
      service.api.post('/viewing/watched', {
        userId,
        contentId: 'film',
        watchDurationSeconds: 60,
        completionPercentage: 100,
        ...fields,
      }),
    );

  const askFor = (userId: string) =>
    service.api.get(`/users/${userId}/profile`, { 'read-after': String(last) });
  async function profileOf(userId: string): Promise<ExpectedProfile> {
    const { status, body } = await askFor(userId);
    expect({ status, body }).toMatchObject({ status: 200 });
    return body;
  }

  async function timeOfLast(): Promise<string> {
    return (await readLog(service.database)).find(({ position }) => position === last)!.timestamp;
  }

  it('begins with the registration: active, on the free plan, with the initial preferences as favourite genres', async () => {
    const userId = await register(['drama', 'comedy']);
    const registered = await timeOfLast();

    expect(await profileOf(userId)).toEqual({
      userId,
      email: `${userId}@example.org`,
      name: 'Ada',
      subscriptionPlan: 'free',
      preferences: ['drama', 'comedy'],
      totalWatchTime: 0,
      favoriteGenres: ['drama', 'comedy'],
      lastActive: registered,
      registrationDate: registered,
      isPremium: false,
      isActive: true,
    });
  });

  it('has no preferences and no favourite genres when the registration names none', async () => {
    const userId = await register();
    expect(await profileOf(userId)).toMatchObject({ preferences: [], favoriteGenres: [] });
  });

  it('follows the subscription, and every plan but free is premium', async () => {
    const userId = await register();
    for (const plan of ['basic', 'standard', 'premium']) {
      await subscribe(userId, plan);
      expect(await profileOf(userId)).toMatchObject({ subscriptionPlan: plan, isPremium: true });
    }
    await subscribe(userId, 'free');
    expect(await profileOf(userId)).toMatchObject({ subscriptionPlan: 'free', isPremium: false });
  });

  it('takes over updated preferences and leaves the favourite genres alone', async () => {
    const userId = await register(['drama']);
    await watch(userId, { genre: 'war' });
    const before = await profileOf(userId);
    await prefer(userId, ['horror', 'comedy']);

    const expected = { ...before, preferences: ['horror', 'comedy'], lastActive: await timeOfLast() };
    expect(await profileOf(userId)).toEqual(expected);
  });

  it('adds up the seconds of all watches', async () => {
    const userId = await register();
    for (const watchDurationSeconds of [0, 5400, 0.5, 1200.25]) await watch(userId, { watchDurationSeconds });
    expect(await profileOf(userId)).toMatchObject({ totalWatchTime: 6600.75 });
  });

  it('adds each genre watched once, in order of first appearance', async () => {
    const userId = await register(['war']);
    for (const genre of ['drama', 'action', 'war', 'drama', 'comedy']) await watch(userId, { genre });
    expect(await profileOf(userId)).toMatchObject({
      preferences: ['war'],
      favoriteGenres: ['war', 'drama', 'action', 'comedy'],
    });
  });

  it('lists a watch that names no genre as unknown, also when the content is catalogued with one', async () => {
    const userId = await register();
    await succeed(service.api.put('/contents/catalogued', { title: 'Alien', genre: 'horror' }));
    for (let round = 0; round < 2; round++) await watch(userId, { contentId: 'catalogued' });
    await watch(userId, { genre: 'drama' });
    expect(await profileOf(userId)).toMatchObject({ favoriteGenres: ['unknown', 'drama'] });
  });

  it('takes the time in the log of an event that says nothing else as the last activity', async () => {
    const userId = await register();
    const commands = [
      () => subscribe(userId, 'basic'),
      () => prefer(userId, ['drama']),
      () => watch(userId),
      () => rate(userId),
      () => deactivate(userId),
      () => reactivate(userId),
    ];
    for (const command of commands) {
      await command();
      expect(await profileOf(userId)).toMatchObject({ lastActive: await timeOfLast() });
    }
  });

  it('is last active at the latest time of any event, in whatever order they arrive', async () => {
    const userId = await register();
    const { registrationDate } = await profileOf(userId);
    const lastActiveAfter = async (command: typeof watch, occurredAt: string) => {
      await command(userId, { occurredAt });
      return (await profileOf(userId)).lastActive;
    };

    expect(await lastActiveAfter(watch, '2020-02-29T12:00:00Z')).toBe(registrationDate);
    const later = secondsLater(registrationDate, 60);
    expect(await lastActiveAfter(watch, later)).toBe(later);
    const latest = secondsLater(registrationDate, 120);
    expect(await lastActiveAfter(rate, latest)).toBe(latest);
    expect(await lastActiveAfter(watch, secondsLater(registrationDate, 90))).toBe(latest);
    await subscribe(userId, 'basic');
    expect(await profileOf(userId)).toMatchObject({ lastActive: latest, registrationDate });
  });

  it('compares times as instants, whatever their offset', async () => {
    const userId = await register();
    const { registrationDate } = await profileOf(userId);
    const wallClock = secondsLater(registrationDate, 60 + 5.5 * 3600).replace('Z', '+05:30');
    await watch(userId, { occurredAt: wallClock });
    expect(await profileOf(userId)).toMatchObject({ lastActive: secondsLater(registrationDate, 60) });
  });

  it('takes a rating as a sign of life and as nothing else', async () => {
    const userId = await register(['drama']);
    const before = await profileOf(userId);
    await rate(userId);
    expect(await profileOf(userId)).toEqual({ ...before, lastActive: await timeOfLast() });
  });

  it('shows a deactivated user as inactive, goes on counting what was watched, and shows a return', async () => {
    const userId = await register();
    await deactivate(userId);
    expect(await profileOf(userId)).toMatchObject({ isActive: false, subscriptionPlan: 'free' });
    await watch(userId, { genre: 'drama' });
    const watched = { totalWatchTime: 60, favoriteGenres: ['drama'] };
    expect(await profileOf(userId)).toMatchObject({ isActive: false, ...watched });
    await reactivate(userId);
    expect(await profileOf(userId)).toMatchObject({ isActive: true, ...watched });
  });

  it('knows nothing of what a user watched and rated before the registration', async () => {
    const userId = randomUUID();
    const occurredAt = new Date(Date.now() + 3 * MINUTE).toISOString();
    await watch(userId, { genre: 'war', occurredAt });
    await rate(userId, { occurredAt });
    await register(['drama'], userId);
    expect(await profileOf(userId)).toMatchObject({
      totalWatchTime: 0,
      favoriteGenres: ['drama'],
      lastActive: await timeOfLast(),
    });
  });

  it('does not exist for somebody who watches and rates without being registered', async () => {
    const userId = randomUUID();
    await watch(userId);
    await rate(userId);
    expect(await askFor(userId)).toMatchObject({ status: 404, body: { status: 404 } });
  });

  it('is 404 for an id that nobody has, and invalid for what is no id', async () => {
    expect(await askFor(randomUUID())).toMatchObject({ status: 404 });
    expect(await askFor('nobody')).toMatchObject({ status: 400 });
  });
});

describe('the list of profiles', () => {
  const PLANS = ['free', 'basic', 'standard', 'premium'];
  const GENRES = ['drama', 'war', 'comedy'];
  let service: TestService;
  let expected: ExpectedProfile[];
  let last: number;

  beforeAll(async () => {
    service = await startTestService();
    await Promise.all(Array.from({ length: 230 }, (_, index) => makeUser(index)));
    const log = await readLog(service.database);
    last = log.at(-1)!.position;
    expected = [...foldProfiles(log).values()];
  });
  afterAll(() => service.stop());

  /** Plans, genres and activity have coprime cycles, so every combination of filters finds a user. */
  async function makeUser(index: number): Promise<void> {
    const userId = randomUUID();
    const initialPreferences = [GENRES[index % 3]!, `only-${index % 5}`];
    const email = `${userId}@example.org`;
    await service.api.post('/users', { userId, email, name: `User ${index}`, initialPreferences });
    const plan = PLANS[index % 4];
    if (plan !== 'free') {
      await service.api.post(`/users/${userId}/subscription`, { plan, paymentMethod: 'paypal' });
    }
    if (index % 5 === 0) await service.api.post(`/users/${userId}/deactivation`, {});
  }

  async function listAll(filters: string, limit: number): Promise<ExpectedProfile[]> {
    const items: ExpectedProfile[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const path = `/users?limit=${limit}${filters}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
      const { status, body }: Answer = await service.api.get(path, { 'read-after': String(last) });
      expect({ status, body }).toMatchObject({ status: 200 });
      expect(body.items.length).toBeLessThanOrEqual(limit);
      if (body.nextCursor !== null) expect(body.items).toHaveLength(limit);
      items.push(...body.items);
      expect(items.length).toBeLessThan(300); // otherwise the pages never end
      cursor = body.nextCursor;
    }
    return items;
  }

  const byId = (profiles: ExpectedProfile[]) => profiles.toSorted((a, b) => (a.userId < b.userId ? -1 : 1));

  it('shows every profile in full, newest registration first', async () => {
    const listed = await listAll('', 200);
    expect(byId(listed)).toEqual(byId(expected));
    const dates = listed.map(({ registrationDate }) => registrationDate);
    expect(dates).toEqual(dates.toSorted().toReversed());
  });

  it('neither repeats nor drops nor moves a profile, whatever the size of a page', async () => {
    const whole = await listAll('', 200);
    for (const limit of [1, 7, 50]) expect(await listAll('', limit)).toEqual(whole);
  });

  const inactiveDrama = (profile: ExpectedProfile) =>
    !profile.isActive && profile.favoriteGenres.includes('drama');
  it.each<[string, (profile: ExpectedProfile) => boolean]>([
    ['&plan=premium', ({ subscriptionPlan }) => subscriptionPlan === 'premium'],
    ['&plan=free', ({ subscriptionPlan }) => subscriptionPlan === 'free'],
    ['&isActive=true', ({ isActive }) => isActive],
    ['&isActive=false', ({ isActive }) => !isActive],
    ['&genre=war', ({ favoriteGenres }) => favoriteGenres.includes('war')],
    ['&genre=only-3', ({ favoriteGenres }) => favoriteGenres.includes('only-3')],
    ['&isActive=false&genre=drama', inactiveDrama],
    ['&plan=basic&isActive=false&genre=drama', (p) => inactiveDrama(p) && p.subscriptionPlan === 'basic'],
  ])('filters by %s, on one page and on many', async (filters, fits) => {
    const wanted = expected.filter(fits);
    expect(wanted.length).toBeGreaterThan(0);
    const listed = await listAll(filters, 200);
    expect(byId(listed)).toEqual(byId(wanted));
    expect(await listAll(filters, 7)).toEqual(listed);
  });

  it('is empty, and not an error, when nobody fits', async () => {
    const { status, body } = await service.api.get('/users?genre=no-such-genre');
    expect({ status, body }).toEqual({ status: 200, body: { items: [], nextCursor: null } });
  });

  it('shows a genre as a favourite only after it was watched', async () => {
    const { userId } = expected[0]!;
    const watched = { userId, contentId: 'film', watchDurationSeconds: 1, completionPercentage: 1 };
    const { body } = await service.api.post('/viewing/watched', { ...watched, genre: 'western' });
    const listed = await service.api.get('/users?genre=western', { 'read-after': String(body.position) });
    expect(listed.body.items).toEqual([expect.objectContaining({ userId, totalWatchTime: 1 })]);
  });

  it('keeps its place when users register between two pages', async () => {
    const first = await service.api.get('/users?limit=100');
    await makeUser(4);
    const rest = await service.api.get(
      `/users?limit=200&cursor=${encodeURIComponent(first.body.nextCursor)}`,
    );
    const ids = [...first.body.items, ...rest.body.items].map(({ userId }) => userId);
    expect(ids).toHaveLength(expected.length);
    expect(new Set(ids)).toEqual(new Set(expected.map(({ userId }) => userId)));
  });

  it('has 50 profiles to a page by default', async () => {
    expect((await service.api.get('/users')).body.items).toHaveLength(50);
  });

  it.each(['limit=0', 'limit=201', 'limit=many', 'plan=gold', 'isActive=maybe', 'cursor=nonsense', 'sort=x'])(
    'refuses ?%s',
    async (query) => {
      expect(await service.api.get(`/users?${query}`)).toMatchObject({ status: 400, body: { status: 400 } });
    },
  );

  it('refuses the cursor of a list with other filters', async () => {
    const { body } = await service.api.get('/users?limit=1&isActive=true');
    const other = `/users?limit=1&isActive=false&cursor=${encodeURIComponent(body.nextCursor)}`;
    expect(await service.api.get(other)).toMatchObject({ status: 400 });
  });
});
