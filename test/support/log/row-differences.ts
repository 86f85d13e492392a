import {
  type ExpectedPopularity,
  type ExpectedProfile,
  type ExpectedViewer,
  foldPopularity,
  foldProfiles,
  foldViewers,
  type LogEvent,
} from './plain-fold.js';
import type { TestDatabase } from '../test-database.js';

/** Sums of doubles may differ in their last digits, since two folds may add in a different order. */
const TOLERANCE = 1e-9;
/** The landmark of the stored logarithms of the trending score, and the default half-life of a service. */
const LANDMARK = Date.UTC(2025, 0, 1);
const HALF_LIFE_HOURS = 24;

type Row = Record<string, unknown>;

/** The differences between the tables of both read models and a plain fold of the log, by row and field. */
export async function rowDifferences(
  database: Pick<TestDatabase, 'query'>,
  log: readonly LogEvent[],
): Promise<string[]> {
  const now = new Date();
  const halfLives = (now.getTime() - LANDMARK) / (HALF_LIFE_HOURS * 3_600_000);
  const profiles = await database.query<Row>(
    `select user_id as "userId", email, name, subscription_plan as "subscriptionPlan", preferences,
            total_watch_time as "totalWatchTime", favorite_genres as "favoriteGenres", last_active as "lastActive",
            registration_date as "registrationDate", is_active as "isActive"
       from eventfold.user_profiles`,
  );
  const contents = await database.query<Row>(
    `select content_id as "contentId", title, genre, total_views as "totalViews", total_watch_time as "totalWatchTime",
            completion_sum / nullif(total_views, 0) as "averageCompletionRate", unique_viewers as "uniqueViewers",
            rating_sum / nullif(rating_count, 0) as "ratingAverage", rating_count as "ratingCount", trending,
            last_updated as "lastUpdated"
       from eventfold.content_popularity`,
  );
  const viewers = await database.query<Row>(
    `select content_id as "contentId", user_id as "userId", viewed, rating, rated_at as "ratedAt"
       from eventfold.content_viewers`,
  );
  const scored = contents.map(({ trending, ...content }) => ({
    ...content,
    trendingScore: 2 ** ((trending as number) - halfLives),
  }));
  const popularity = foldPopularity(log, { now, halfLifeHours: HALF_LIFE_HOURS });
  return [
    ...compare(
      profiles,
      new Map([...foldProfiles(log)].map(([id, profile]) => [id, withoutPremium(profile)])),
      ({ userId }) => userId as string,
    ),
    ...compare(scored, popularity, ({ contentId }) => contentId as string),
    ...compare(viewers, foldViewers(log), (row) => `${row.contentId as string} ${row.userId as string}`),
  ];
}

type Expected = ExpectedPopularity | ExpectedViewer | Omit<ExpectedProfile, 'isPremium'>;

/** It is not stored, because it follows from the plan. */
function withoutPremium(profile: ExpectedProfile): Expected {
  const stored: Partial<ExpectedProfile> = { ...profile };
  delete stored.isPremium;
  return stored as Expected;
}

function compare(
  rows: Row[],
  expected: ReadonlyMap<string, Expected>,
  keyOf: (row: Row) => string,
): string[] {
  const stored = new Map(rows.map((row) => [keyOf(row), row]));
  const keys = new Set([...stored.keys(), ...expected.keys()]);
  return [...keys].flatMap((key) => differences(key, stored.get(key), expected.get(key)));
}

function differences(key: string, row: Row | undefined, expected: Expected | undefined): string[] {
  if (row === undefined) return [`${key} has no row`];
  if (expected === undefined) return [`${key} has a row, and should have none`];
  return Object.entries(expected)
    .filter(([field, wanted]) => !isSame(row[field], wanted))
    .map(
      ([field, wanted]) => `${key}: ${field} is ${JSON.stringify(row[field])}, not ${JSON.stringify(wanted)}`,
    );
}

function isSame(stored: unknown, wanted: unknown): boolean {
  if (typeof stored === 'number' && typeof wanted === 'number') {
    return Math.abs(stored - wanted) <= TOLERANCE * Math.max(Math.abs(wanted), 1e-3);
  }
  return JSON.stringify(stored) === JSON.stringify(wanted);
}
