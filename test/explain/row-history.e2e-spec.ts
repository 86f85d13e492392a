/** The history of rows of the service, against its living rows and against a plain fold that shares no code with it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  EventStore,
  type HistoryItem,
  ProjectionProgress,
  RowHistory,
  type RowImage,
} from '../../src/event-sourcing/index.js';
import { startTestService, type TestService } from '../support/http/test-service.js';
import {
  foldPopularity,
  foldProfiles,
  foldViewers,
  type LogEvent,
  readLog,
} from '../support/log/plain-fold.js';
import { randomOf, viewingHistory } from '../support/log/viewing-history.js';

const PROFILES = '"eventfold"."user_profiles"';
const CONTENTS = '"eventfold"."content_popularity"';
const VIEWERS = '"eventfold"."content_viewers"';
const TERMS = { now: new Date(Date.UTC(2026, 1, 1)), halfLifeHours: 24 };

type Expected = Record<string, unknown>;

/** The rows of a key after some events, by table and primary key, as far as the plain fold knows their columns. */
function expectedRows(projection: string, events: readonly LogEvent[]): Map<string, Expected> {
  const rows = new Map<string, Expected>();
  if (projection === 'user-profile') {
    for (const [userId, profile] of foldProfiles(events))
      rows.set(`${PROFILES} ${userId}`, profileRow(profile));
    return rows;
  }
  for (const [contentId, content] of foldPopularity(events, TERMS)) {
    rows.set(`${CONTENTS} ${contentId}`, {
      title: content.title,
      genre: content.genre,
      total_views: content.totalViews,
      unique_viewers: content.uniqueViewers,
      rating_count: content.ratingCount,
      last_updated: Date.parse(content.lastUpdated),
    });
  }
  for (const { contentId, userId, viewed, rating, ratedAt } of foldViewers(events).values()) {
    const rated_at = ratedAt === null ? null : Date.parse(ratedAt);
    rows.set(`${VIEWERS} ${contentId} ${userId}`, { viewed, rating, rated_at });
  }
  return rows;
}

const profileRow = (
  profile: ReturnType<typeof foldProfiles> extends Map<string, infer One> ? One : never,
) => ({
  email: profile.email,
  name: profile.name,
  subscription_plan: profile.subscriptionPlan,
  preferences: profile.preferences,
  total_watch_time: profile.totalWatchTime,
  favorite_genres: profile.favoriteGenres,
  is_active: profile.isActive,
  last_active: Date.parse(profile.lastActive),
  registration_date: Date.parse(profile.registrationDate),
});

const TIMES = ['last_active', 'registration_date', 'last_updated', 'rated_at'];

/** Only the columns that the plain fold knows, with times as numbers. */
const comparable = (image: RowImage, like: Expected): Expected =>
  Object.fromEntries(
    Object.keys(like).map((name) => {
      const value = image[name];
      return [name, TIMES.includes(name) && value !== null ? Date.parse(value as string) : value];
    }),
  );

const placeOf = (table: string, key: RowImage) => `${table} ${Object.values(key).join(' ')}`;

describe('the history of a row', () => {
  let service: TestService;
  let history: RowHistory;
  let log: LogEvent[];

  beforeAll(async () => {
    service = await startTestService();
    history = service.app.get(RowHistory);
    const store = service.app.get(EventStore);
    const events = viewingHistory({ users: 150, contents: 40, events: 4_000, seed: 7 });
    for (let from = 0; from < events.length; from += 500) {
      const some = events.slice(from, from + 500).map(({ streamId, event }) => ({ streamId, event }));
      await store.appendEach(some);
    }
    const head = await store.head();
    const progress = service.app.get(ProjectionProgress);
    for (const name of ['user-profile', 'content-popularity']) await progress.waitFor(name, head);
    log = await readLog(service.database);
  });
  afterAll(() => service.stop());

  /** All pages. */
  async function wholeHistory(name: string, key: string, limit = 1_000): Promise<HistoryItem[]> {
    const items: HistoryItem[] = [];
    for (let after = 0; ;) {
      const page = await history.history(name, key, { after, limit });
      expect(page.dependsOnOtherRows).toBeNull();
      items.push(...page.items);
      if (page.nextCursor === null) return items;
      after = Number(page.nextCursor);
    }
  }

  const keysOf = (name: string): string[] => [
    ...new Set(
      name === 'user-profile'
        ? foldProfiles(log).keys()
        : log.flatMap(({ data }) => (typeof data.contentId === 'string' ? data.contentId : [])),
    ),
  ];

  it.each(['user-profile', 'content-popularity'])(
    'ends with the living row, for every row of %s',
    async (name) => {
      const keys = keysOf(name);
      expect(keys.length).toBeGreaterThan(30);
      for (const key of keys) {
        const { tables: folded } = await history.history(name, key, { after: log.length });
        const { tables: living } = await history.rows(name, key);
        const sorted = (tables: typeof living) =>
          tables.map(({ table, rows, isCut }) => ({
            table,
            isCut,
            count: rows.length,
            rows: isCut ? [] : rows.map((row) => JSON.stringify(row)).toSorted(),
          }));
        expect(sorted(folded)).toEqual(sorted(living));
      }
    },
  );

  it('names the step that changed each field of 200 random rows', async () => {
    const random = randomOf(11);
    const all = ['user-profile', 'content-popularity'].flatMap((name) =>
      keysOf(name).map((key) => ({ name, key })),
    );
    let rows = 0;
    for (const { name, key } of all.toSorted(() => random() - 0.5)) {
      const items = await wholeHistory(name, key);
      expect(items.length).toBeGreaterThan(0);
      let before = new Map<string, Expected>();
      const events: LogEvent[] = [];
      for (const { event, changes } of items) {
        events.push(log[event.position - 1]!);
        const after = expectedRows(name, events);
        expect(fieldsIn(changes, after)).toEqual(fieldsBetween(before, after));
        before = after;
      }
      rows += before.size;
      if (rows > 200) return;
    }
    throw new Error(`There were only ${rows} rows.`);
  });

  /** The changed columns that the plain fold knows, with their new values. */
  function fieldsIn(changes: HistoryItem['changes'], after: Map<string, Expected>) {
    return Object.fromEntries(
      changes.flatMap(({ table, key, after: image, fields }) => {
        const like = after.get(placeOf(table, key))!;
        const values = comparable(image!, like);
        const known = Object.entries(values).filter(([name]) => fields.includes(name));
        return known.map(([name, value]) => [`${placeOf(table, key)} ${name}`, rounded(value)]);
      }),
    );
  }

  function fieldsBetween(before: Map<string, Expected>, after: Map<string, Expected>) {
    return Object.fromEntries(
      [...after].flatMap(([place, row]) =>
        Object.entries(row)
          .filter(([name, value]) => JSON.stringify(before.get(place)?.[name]) !== JSON.stringify(value))
          .map(([name, value]) => [`${place} ${name}`, rounded(value)]),
      ),
    );
  }

  /** Sums of doubles may differ in their last digits. */
  const rounded = (value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(12)) : value);

  it('is the same page by page', async () => {
    const [key] = keysOf('content-popularity') as [string];
    const whole = await wholeHistory('content-popularity', key);
    expect(await wholeHistory('content-popularity', key, 7)).toEqual(whole);
  });

  it('gives the row as of an earlier position', async () => {
    const [key] = keysOf('user-profile') as [string];
    const items = await wholeHistory('user-profile', key);
    for (const item of [items[0]!, items[Math.floor(items.length / 2)]!, items.at(-1)!]) {
      const { position } = item.event;
      const last = items.findLast(({ event, changes }) => event.position <= position && changes.length > 0)!;
      const page = await history.history('user-profile', key, { after: position, upTo: position });
      expect(page).toMatchObject({ items: [], nextCursor: null });
      expect(page.tables[0]!.rows).toEqual([last.changes[0]!.after]);
    }
  });
});
