import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type Sort, sortKeys, SORTS } from '../../src/content-popularity/popularity-sorts.js';
import { Clock } from '../../src/event-sourcing/index.js';
import { Api, type Answer } from '../support/http/api.js';
import { type ExpectedPopularity, foldPopularity, readLog } from '../support/log/plain-fold.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startOn, startTestService, type TestService } from '../support/http/test-service.js';

const HOUR = 3_600_000;
const hoursAfter = (time: Date, hours: number) => new Date(time.getTime() + hours * HOUR);
const isClose = (actual: number, wanted: number) =>
  expect(Math.abs(actual / wanted - 1)).toBeLessThanOrEqual(1e-6);

describe('the popularity of a content', () => {
  let service: TestService;
  /** Position of the last answer. */
  let last = 0;

  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());
  afterEach(() => {
    jest.restoreAllMocks();
  });

  async function succeed(answer: Promise<Answer>): Promise<void> {
    const { status, body } = await answer;
    expect({ status: Math.floor(status / 100), body }).toMatchObject({ status: 2 });
    last = body.position;
  }

  const catalogue = (contentId: string, title: string, genre: string) =>
    succeed(service.api.put(`/contents/${contentId}`, { title, genre }));
  const watch = (contentId: string, fields: object = {}) =>
    succeed(
      service.api.post('/viewing/watched', {
        userId: randomUUID(),
        contentId,
        watchDurationSeconds: 60,
        completionPercentage: 100,
        ...fields,
      }),
    );
  const rate = (contentId: string, userId: string, rating: number, occurredAt?: string) =>
    succeed(service.api.post('/viewing/rated', { userId, contentId, rating, occurredAt }));

  const askFor = (contentId: string) =>
    service.api.get(`/contents/${contentId}/popularity`, { 'read-after': String(last) });
  async function popularityOf(contentId: string): Promise<ExpectedPopularity> {
    const { status, body } = await askFor(contentId);
    expect({ status, body }).toMatchObject({ status: 200 });
    return body;
  }

  async function timeOfLast(): Promise<string> {
    return (await readLog(service.database)).find(({ position }) => position === last)!.timestamp;
  }

  const stopClockAt = (now: Date) => jest.spyOn(service.app.get(Clock), 'now').mockReturnValue(now);

  it('is nothing but a title and a genre when the content was only catalogued', async () => {
    await catalogue('alien', 'Alien', 'horror');
    expect(await popularityOf('alien')).toEqual({
      contentId: 'alien',
      title: 'Alien',
      genre: 'horror',
      totalViews: 0,
      totalWatchTime: 0,
      averageCompletionRate: null,
      uniqueViewers: 0,
      ratingAverage: null,
      ratingCount: 0,
      trendingScore: 0,
      lastUpdated: await timeOfLast(),
    });
  });

  it('counts views, adds up their seconds and takes the mean of their completion', async () => {
    const contentId = 'counted';
    await watch(contentId, { watchDurationSeconds: 100.5, completionPercentage: 0 });
    await watch(contentId, { watchDurationSeconds: 0, completionPercentage: 87.5 });
    await watch(contentId, { watchDurationSeconds: 20, completionPercentage: 100 });
    expect(await popularityOf(contentId)).toMatchObject({
      totalViews: 3,
      totalWatchTime: 120.5,
      averageCompletionRate: 62.5,
      ratingAverage: null,
    });
  });

  it('counts each viewer once, however often and in whatever order they watch', async () => {
    const [ada, bob] = [randomUUID(), randomUUID()];
    for (const userId of [ada, bob, ada, ada, bob]) await watch('seen-again', { userId });
    await watch('seen-again', { userId: ada.toUpperCase() });
    await rate('seen-again', randomUUID(), 3);
    expect(await popularityOf('seen-again')).toMatchObject({ totalViews: 6, uniqueViewers: 2 });
    await watch('something-else', { userId: ada });
    expect(await popularityOf('something-else')).toMatchObject({ totalViews: 1, uniqueViewers: 1 });
  });

  it('counts the views and ratings of users nobody registered, and makes no profile of them', async () => {
    const userId = randomUUID();
    await watch('strangers', { userId });
    await rate('strangers', userId, 5);
    expect(await popularityOf('strangers')).toMatchObject({
      totalViews: 1,
      uniqueViewers: 1,
      ratingAverage: 5,
      ratingCount: 1,
    });
    const headers = { 'read-after': String(last) };
    expect(await service.api.get(`/users/${userId}/profile`, headers)).toMatchObject({ status: 404 });
  });

  it('takes the mean of one rating per user: the latest by the time of the event, not of its arrival', async () => {
    const [ada, bob] = [randomUUID(), randomUUID()];
    await rate('rated', ada, 2, '2025-01-02T00:00:00Z');
    await rate('rated', bob, 3, '2025-01-02T00:00:00Z');
    await rate('rated', ada, 5, '2025-01-03T00:00:00Z');
    await rate('rated', ada, 1, '2025-01-01T00:00:00Z');
    expect(await popularityOf('rated')).toMatchObject({ ratingAverage: 4, ratingCount: 2 });
    await rate('rated', ada, 4);
    expect(await popularityOf('rated')).toMatchObject({ ratingAverage: 3.5, ratingCount: 2 });
  });

  it('lets the later rating in the log win when both are of the same instant', async () => {
    const userId = randomUUID();
    await rate('rated-twice', userId, 5, '2025-01-01T12:00:00Z');
    await rate('rated-twice', userId, 2, '2025-01-01T14:00:00+02:00');
    expect(await popularityOf('rated-twice')).toMatchObject({ ratingAverage: 2, ratingCount: 1 });
  });

  it('counts a rating that comes before any view, and the first view then as the first of its user', async () => {
    const userId = randomUUID();
    await rate('rated-first', userId, 4);
    expect(await popularityOf('rated-first')).toMatchObject({
      title: null,
      genre: null,
      totalViews: 0,
      uniqueViewers: 0,
      averageCompletionRate: null,
      ratingAverage: 4,
      ratingCount: 1,
      trendingScore: 0,
    });
    await watch('rated-first', { userId });
    expect(await popularityOf('rated-first')).toMatchObject({ uniqueViewers: 1, ratingCount: 1 });
  });

  it('has the genre that the latest watch in the log named, and no title, until somebody catalogues it', async () => {
    await watch('nameless');
    expect(await popularityOf('nameless')).toMatchObject({ title: null, genre: null });
    await watch('nameless', { genre: 'drama' });
    await watch('nameless', { genre: 'war', occurredAt: '2025-01-01T00:00:00Z' });
    await rate('nameless', randomUUID(), 3);
    expect(await popularityOf('nameless')).toMatchObject({ title: null, genre: 'war' });
    await watch('nameless');
    expect(await popularityOf('nameless')).toMatchObject({ title: null, genre: 'war' });
    await catalogue('nameless', 'Named', 'comedy');
    expect(await popularityOf('nameless')).toMatchObject({ title: 'Named', genre: 'comedy', totalViews: 4 });
  });

  it('keeps the title and genre of the latest catalogue entry, whatever is watched after it', async () => {
    await catalogue('renamed', 'Working title', 'drama');
    await catalogue('renamed', 'Final title', 'western');
    await watch('renamed', { genre: 'war' });
    expect(await popularityOf('renamed')).toMatchObject({ title: 'Final title', genre: 'western' });
  });

  it('was last updated when the log took its last event, even if that happened long ago', async () => {
    await watch('old-news');
    await watch('old-news', { occurredAt: '2020-01-01T00:00:00Z' });
    expect((await popularityOf('old-news')).lastUpdated).toBe(await timeOfLast());
    await rate('old-news', randomUUID(), 1, '2020-01-01T00:00:00Z');
    expect((await popularityOf('old-news')).lastUpdated).toBe(await timeOfLast());
    await catalogue('old-news', 'Old news', 'documentary');
    expect((await popularityOf('old-news')).lastUpdated).toBe(await timeOfLast());
  });

  describe('trending', () => {
    const now = new Date('2025-06-01T12:00:00Z');
    const watchAged = (contentId: string, ageInHours: number, completionPercentage = 100) =>
      watch(contentId, { completionPercentage, occurredAt: hoursAfter(now, -ageInHours).toISOString() });
    async function scoreAt(contentId: string, time: Date): Promise<number> {
      stopClockAt(time);
      return (await popularityOf(contentId)).trendingScore;
    }

    it('counts a view by how much of it was seen, and half as much after each half-life', async () => {
      await watchAged('decaying', 0, 80);
      isClose(await scoreAt('decaying', now), 0.8);
      isClose(await scoreAt('decaying', hoursAfter(now, 24)), 0.4);
      isClose(await scoreAt('decaying', hoursAfter(now, 36)), 0.8 * 2 ** -1.5);
      isClose(await scoreAt('decaying', hoursAfter(now, 240)), 0.8 / 1024);
    });

    it('adds up views of any age, in whatever order they arrive', async () => {
      const ages = [12, 700, 0, 24, 0.25, 48, 300];
      for (const age of ages) await watchAged('out-of-order', age);
      for (const age of ages.toReversed()) await watchAged('in-order', age);
      const wanted = ages.reduce((sum, age) => sum + 2 ** (-age / 24), 0);
      isClose(await scoreAt('out-of-order', now), wanted);
      isClose(await scoreAt('in-order', now), wanted);
    });

    it('is nothing for a view of which nothing was seen, and for a rating', async () => {
      await watchAged('switched-off', 1, 0);
      await rate('switched-off', randomUUID(), 5);
      expect(await scoreAt('switched-off', now)).toBe(0);
      await watchAged('switched-off', 24);
      isClose(await scoreAt('switched-off', now), 0.5);
    });

    it('counts a view more than fully while a clock ahead of ours says it is yet to come', async () => {
      await watchAged('ahead', -1 / 60);
      isClose(await scoreAt('ahead', now), 2 ** (1 / 60 / 24));
    });

    it('stays exact over years, for thousands of views', async () => {
      const batch = Array.from({ length: 1000 }, (_, index) => ({
        type: 'content.watched',
        userId: randomUUID(),
        contentId: 'evergreen',
        watchDurationSeconds: 1,
        completionPercentage: (index * 37) % 101,
        occurredAt: hoursAfter(now, -((index * 577) % 40_000)).toISOString(),
      }));
      for (let round = 0; round < 3; round++) {
        const { body } = await service.api.post('/viewing/events', batch);
        last = body.verdicts.at(-1).position;
      }
      const expected = foldPopularity(await readLog(service.database), { now, halfLifeHours: 24 });
      isClose(await scoreAt('evergreen', now), expected.get('evergreen')!.trendingScore);
    });

    it('is of the time of the query when no clock is stopped', async () => {
      await watch('live');
      const before = new Date();
      const { trendingScore } = await popularityOf('live');
      const after = new Date();
      const log = await readLog(service.database);
      const scoreThen = (time: Date) =>
        foldPopularity(log, { now: time, halfLifeHours: 24 }).get('live')!.trendingScore;
      expect(trendingScore).toBeLessThanOrEqual(scoreThen(before) * (1 + 1e-6));
      expect(trendingScore).toBeGreaterThanOrEqual(scoreThen(after) * (1 - 1e-6));
    });
  });

  it('follows the half-life that the environment sets', async () => {
    const now = new Date();
    const quick = await startTestService({ TRENDING_HALF_LIFE_HOURS: '1.5' });
    try {
      jest.spyOn(quick.app.get(Clock), 'now').mockReturnValue(now);
      const watched = { userId: randomUUID(), contentId: 'film', watchDurationSeconds: 1 };
      const occurredAt = hoursAfter(now, -3).toISOString();
      const body = { ...watched, completionPercentage: 100, occurredAt };
      const { position } = (await quick.api.post('/viewing/watched', body)).body;
      const shown = await quick.api.get('/contents/film/popularity', { 'read-after': String(position) });
      isClose(shown.body.trendingScore, 0.25);
    } finally {
      await quick.stop();
    }
  });

  it('is 404 for a content of which nothing is known', async () => {
    expect(await askFor('never-heard-of')).toMatchObject({ status: 404, body: { status: 404 } });
  });

  it('takes content ids with any characters', async () => {
    const contentId = 'a/b c%2F?#é"\'';
    await watch(contentId);
    expect(await popularityOf(encodeURIComponent(contentId))).toMatchObject({ contentId, totalViews: 1 });
  });
});

describe('reading after a command', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService();
  });
  let stopHasty: (() => Promise<void>) | undefined;
  afterAll(async () => {
    await stopHasty?.();
    await service.stop();
  });

  const ROUTES = (userId: string) => [
    `/users/${userId}/profile`,
    '/users',
    '/contents/film/popularity',
    '/contents/popularity',
  ];

  it('always sees what the command did, 200 times in a row', async () => {
    const { api } = service;
    const userId = randomUUID();
    await api.post('/users', { userId, email: 'ada@example.org', name: 'Ada' });
    const watched = { userId, contentId: 'film', watchDurationSeconds: 1, completionPercentage: 50 };
    for (let round = 1; round <= 200; round++) {
      const { body } = await api.post('/viewing/watched', watched);
      const headers = { 'read-after': String(body.position) };
      const [profile, users, popularity, chart] = await Promise.all(
        ROUTES(userId).map((path) => api.get(path, headers)),
      );
      expect(profile!.body.totalWatchTime).toBe(round);
      expect(users!.body.items[0].totalWatchTime).toBe(round);
      expect(popularity!.body.totalViews).toBe(round);
      expect(chart!.body.items[0].totalViews).toBe(round);
    }
  });

  it('gives up after READ_AFTER_TIMEOUT_MS when the position is beyond the log, and tells how far it is', async () => {
    const { body } = await service.api.put('/contents/film', { title: 'Film', genre: 'drama' });
    const routes = ROUTES(randomUUID());
    for (const path of routes) await service.api.get(path, { 'read-after': String(body.position) });
    const hasty = await startOn(service.database.url, { READ_AFTER_TIMEOUT_MS: '300' });
    stopHasty = () => hasty.stop();
    const headers = { 'read-after': String(body.position + 1000) };
    for (const path of routes) {
      const start = performance.now();
      const answer = await new Api(hasty.url).get(path, headers);
      const took = performance.now() - start;
      expect(answer).toMatchObject({
        status: 503,
        body: { type: 'not-caught-up', status: 503, position: body.position, lagEvents: 1000 },
      });
      expect(answer.headers.get('content-type')).toMatch('application/problem+json');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(took).toBeGreaterThanOrEqual(290);
      expect(took).toBeLessThan(3_000);
    }
  });

  it.each(['-1', '1.5', 'end', '1e3', '99999999999999999999'])('refuses Read-After: %s', async (position) => {
    for (const path of ROUTES(randomUUID())) {
      expect(await service.api.get(path, { 'read-after': position })).toMatchObject({ status: 400 });
    }
  });
});

describe('the chart', () => {
  const GENRES = ['drama', 'war', 'comedy'];
  const AUDIENCE = Array.from({ length: 4 }, () => randomUUID());
  const now = new Date();
  let service: TestService;
  let expected: ExpectedPopularity[];
  let last: number;

  beforeAll(async () => {
    service = await startTestService();
    jest.spyOn(service.app.get(Clock), 'now').mockReturnValue(now);
    const contents = Array.from({ length: 230 }, (_, index) => index);
    await Promise.all(contents.filter((index) => index % 10 === 0 || index % 10 > 6).map(catalogueFilm));
    const { body } = await service.api.post('/viewing/events', contents.flatMap(viewingOf));
    expect(body.verdicts.filter(({ verdict }: { verdict: string }) => verdict !== 'appended')).toEqual([]);
    const log = await readLog(service.database);
    last = log.at(-1)!.position;
    expected = [...foldPopularity(log, { now, halfLifeHours: 24 }).values()];
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await service.stop();
  });

  const idOf = (index: number) => `film-${String(index).padStart(3, '0')}`;

  async function catalogueFilm(index: number): Promise<void> {
    const answer = await service.api.put(`/contents/${idOf(index)}`, {
      title: `Film ${index}`,
      genre: GENRES[index % 3],
    });
    expect(answer).toMatchObject({ status: 200 });
  }

  /**
   * Of ten contents, one is only catalogued and one only rated. The others have so few different values that there are
   * many ties.
   */
  function viewingOf(index: number): object[] {
    const contentId = idOf(index);
    const rated = { type: 'content.rated', contentId, userId: AUDIENCE[0], rating: 1 + (index % 5) };
    if (index % 10 === 0) return [];
    if (index % 10 === 1) return [rated];
    const watched = Array.from({ length: 1 + (index % 4) }, (_, view) => ({
      type: 'content.watched',
      contentId,
      userId: AUDIENCE[view % (1 + (index % 3))],
      genre: GENRES[index % 3],
      watchDurationSeconds: (index % 5) * 100,
      completionPercentage: [0, 37, 83.5][index % 3],
      occurredAt: hoursAfter(now, -7.3 * (index % 6)).toISOString(),
    }));
    return index % 2 === 0 ? [...watched, rated] : watched;
  }

  const SHOWN: Record<Sort, (content: ExpectedPopularity) => number> = {
    trending: ({ trendingScore }) => trendingScore,
    views: ({ totalViews }) => totalViews,
    watchTime: ({ totalWatchTime }) => totalWatchTime,
    viewers: ({ uniqueViewers }) => uniqueViewers,
    // Contents without an average come last.
    rating: ({ ratingAverage }) => ratingAverage ?? -1,
    completion: ({ averageCompletionRate }) => averageCompletionRate ?? -1,
  };

  function inOrderOf(sort: Sort, contents: ExpectedPopularity[]): string[] {
    const shown = SHOWN[sort];
    const compare = (a: ExpectedPopularity, b: ExpectedPopularity) =>
      shown(b) - shown(a) || (a.contentId < b.contentId ? -1 : 1);
    return contents.toSorted(compare).map(({ contentId }) => contentId);
  }

  async function listAll(query: string, limit: number): Promise<ExpectedPopularity[]> {
    const items: ExpectedPopularity[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const from = cursor && `&cursor=${encodeURIComponent(cursor)}`;
      const { status, body }: Answer = await service.api.get(
        `/contents/popularity?limit=${limit}${query}${from}`,
        { 'read-after': String(last) },
      );
      expect({ status, body }).toMatchObject({ status: 200 });
      expect(body.items.length).toBeLessThanOrEqual(limit);
      if (body.nextCursor !== null) expect(body.items).toHaveLength(limit);
      items.push(...body.items);
      expect(items.length).toBeLessThan(300); // otherwise the pages never end
      cursor = body.nextCursor;
    }
    return items;
  }

  const idsOf = (contents: ExpectedPopularity[]) => contents.map(({ contentId }) => contentId);

  it('shows every content in full', async () => {
    const wanted = new Map(expected.map((content) => [content.contentId, content]));
    const listed = await listAll('', 200);
    expect(listed).toHaveLength(wanted.size);
    for (const { trendingScore, ...content } of listed) {
      const { trendingScore: score, ...fields } = wanted.get(content.contentId)!;
      expect(content).toEqual(fields);
      if (score === 0) expect(trendingScore).toBe(0);
      else isClose(trendingScore, score);
    }
  });

  it.each(SORTS)(
    'sorted by %s has the highest first and ties by content id, and no page repeats or drops a row',
    async (sort) => {
      const wanted = inOrderOf(sort, expected);
      expect(new Set(expected.map(SHOWN[sort])).size).toBeLessThan(expected.length / 2);
      for (const limit of [1, 7, 50, 200]) {
        expect(idsOf(await listAll(`&sort=${sort}`, limit))).toEqual(wanted);
      }
    },
  );

  it.each(SORTS)('of one genre is sorted by %s as well, on one page and on many', async (sort) => {
    for (const genre of GENRES) {
      const wanted = inOrderOf(
        sort,
        expected.filter((content) => content.genre === genre),
      );
      expect(wanted.length).toBeGreaterThan(50);
      for (const limit of [7, 200]) {
        expect(idsOf(await listAll(`&sort=${sort}&genre=${genre}`, limit))).toEqual(wanted);
      }
    }
  });

  it('is sorted by trending and has 50 contents to a page when nothing else is asked for', async () => {
    const { body } = await service.api.get('/contents/popularity');
    expect(idsOf(body.items)).toEqual(inOrderOf('trending', expected).slice(0, 50));
  });

  it('is empty, and not an error, for a genre that no content has', async () => {
    const { status, body } = await service.api.get('/contents/popularity?genre=no-such-genre');
    expect({ status, body }).toEqual({ status: 200, body: { items: [], nextCursor: null } });
  });

  it.each(['sort=best', 'limit=0', 'limit=201', 'limit=1.5', 'cursor=nonsense', 'plan=free'])(
    'refuses ?%s',
    async (query) => {
      expect(await service.api.get(`/contents/popularity?${query}`)).toMatchObject({ status: 400 });
    },
  );

  it('refuses the cursor of a chart with another sort or genre', async () => {
    const { body } = await service.api.get('/contents/popularity?limit=1&sort=views&genre=war');
    const cursor = encodeURIComponent(body.nextCursor);
    for (const other of ['sort=viewers&genre=war', 'sort=views&genre=drama', 'sort=views']) {
      const answer = await service.api.get(`/contents/popularity?limit=1&${other}&cursor=${cursor}`);
      expect(answer).toMatchObject({ status: 400 });
    }
  });
});

describe('the chart of 20,000 contents', () => {
  const TABLE = 'eventfold.content_popularity';
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.query(`
      insert into ${TABLE} (content_id, title, genre, catalogued, total_views, total_watch_time, completion_sum,
                            unique_viewers, rating_sum, rating_count, trending, last_updated)
      select 'film-' || lpad(n::text, 5, '0'), 'Film ' || n, 'genre-' || n % 20, true, n % 997, n * 1.5 % 5003,
             n % 997 * (n % 101), n % 499, n % 50 * (1 + n % 5), n % 50,
             case when n % 10 = 0 then '-infinity' else n % 3001 / 10.0 end::double precision, now()
        from generate_series(1, 20000) n`);
    await database.query(`analyze ${TABLE}`);
  });
  afterAll(() => database.drop());

  interface Plan {
    'Node Type': string;
    'Index Name'?: string;
    Plans?: Plan[];
  }

  /** The nodes of the plan, each with its index. */
  async function explain(sql: string, parameters: unknown[] = []): Promise<string[]> {
    const [row] = await database.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
      `explain (format json) ${sql}`,
      parameters,
    );
    const nodes = (plan: Plan): string[] => [
      [plan['Node Type'], plan['Index Name']].filter(Boolean).join(' on '),
      ...(plan.Plans ?? []).flatMap(nodes),
    ];
    return nodes(row!['QUERY PLAN'][0].Plan);
  }

  const INDEX_OF: Record<Sort, string> = {
    trending: 'content_popularity_trending_idx',
    views: 'content_popularity_views_idx',
    watchTime: 'content_popularity_watch_time_idx',
    viewers: 'content_popularity_viewers_idx',
    rating: 'content_popularity_rating_idx',
    completion: 'content_popularity_completion_idx',
  };

  it.each(SORTS)(
    'reads a page sorted by %s off its index, the first one and one in the middle',
    async (sort) => {
      const { sql } = sortKeys[sort];
      const page = ['Limit', `Index Scan on ${INDEX_OF[sort]}`];
      const order = `order by ${sql}, content_id limit 51`;
      expect(await explain(`select * from ${TABLE} ${order}`)).toEqual(page);

      const [middle] = await database.query<{ key: string; id: string }>(
        `select (${sql})::text as key, content_id as id from ${TABLE} order by ${sql}, content_id offset 10000 limit 1`,
      );
      const after = `select * from ${TABLE} where (${sql}, content_id) > ($1, $2) ${order}`;
      expect(await explain(after, [middle!.key, middle!.id])).toEqual(page);
    },
  );
});
