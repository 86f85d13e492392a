import type { TestDatabase } from '../test-database.js';
import { keptKeys, opened } from './opened-data.js';

/**
 * The read models computed in the slow and obvious way: one pass over the whole log, with everything in memory. It is
 * written from the API's contract alone and shares no code with the service, so that the two can disagree.
 */

export interface LogEvent {
  position: number;
  streamId: string;
  version: number;
  eventId: string;
  type: string;
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  timestamp: string;
}

export interface ExpectedProfile {
  userId: string;
  email: string;
  name: string;
  subscriptionPlan: string;
  preferences: string[];
  totalWatchTime: number;
  favoriteGenres: string[];
  lastActive: string;
  registrationDate: string;
  isPremium: boolean;
  isActive: boolean;
}

export interface ExpectedPopularity {
  contentId: string;
  title: string | null;
  genre: string | null;
  totalViews: number;
  totalWatchTime: number;
  averageCompletionRate: number | null;
  uniqueViewers: number;
  ratingAverage: number | null;
  ratingCount: number;
  trendingScore: number;
  lastUpdated: string;
}

export interface ExpectedViewer {
  contentId: string;
  userId: string;
  viewed: boolean;
  rating: number | null;
  ratedAt: string | null;
}

export interface TrendingTerms {
  now: Date;
  halfLifeHours: number;
}

const USER_TYPES = [
  'user.registered',
  'user.subscribed',
  'user.preferences_updated',
  'user.deactivated',
  'user.reactivated',
];
const VIEWING_TYPES = ['content.watched', 'content.rated'];
const CONTENT_TYPES = ['content.catalogued', ...VIEWING_TYPES];
const MILLISECONDS_PER_HOUR = 3_600_000;

/** All rows of the log's table, in log order. */
export async function readLog(database: Pick<TestDatabase, 'query'>): Promise<LogEvent[]> {
  const log: LogEvent[] = [];
  for (let page: LogEvent[] = [], after = 0; ; after = page.at(-1)!.position) {
    page = await readPage(database, after);
    if (page.length === 0) return log;
    log.push(...page);
  }
}

async function readPage(database: Pick<TestDatabase, 'query'>, after: number): Promise<LogEvent[]> {
  const rows = await database.query<Omit<LogEvent, 'timestamp'> & { timestamp: Date }>(
    `select global_position::float8 as "position", stream_id as "streamId", stream_version as "version",
            event_id as "eventId", event_type as "type", event_data as "data", metadata, "timestamp"
       from eventfold.events where global_position > $1 order by global_position limit 2000`,
    [after],
  );
  const keys = rows.length === 0 ? new Map() : await keptKeys(database);
  return rows.map((row) => ({ ...row, data: opened(row, keys), timestamp: row.timestamp.toISOString() }));
}

export function foldProfiles(log: readonly LogEvent[]): Map<string, ExpectedProfile> {
  const profiles = new Map<string, ExpectedProfile>();
  for (const event of inLogOrder(log)) {
    if ([...USER_TYPES, ...VIEWING_TYPES].includes(event.type)) foldIntoProfiles(profiles, event);
  }
  return profiles;
}

export function foldPopularity(
  log: readonly LogEvent[],
  terms: TrendingTerms,
): Map<string, ExpectedPopularity> {
  const eventsOfContent = new Map<string, LogEvent[]>();
  for (const event of inLogOrder(log)) {
    if (CONTENT_TYPES.includes(event.type)) {
      const contentId = event.data.contentId as string;
      eventsOfContent.set(contentId, [...(eventsOfContent.get(contentId) ?? []), event]);
    }
  }
  return new Map([...eventsOfContent].map(([id, events]) => [id, popularityOf(id, events, terms)]));
}

/** By `contentId userId`. */
export function foldViewers(log: readonly LogEvent[]): Map<string, ExpectedViewer> {
  const viewers = new Map<string, ExpectedViewer>();
  for (const event of inLogOrder(log)) {
    if (!VIEWING_TYPES.includes(event.type)) continue;
    const { contentId, userId } = event.data as { contentId: string; userId: string };
    const key = `${contentId} ${userId}`;
    const viewer = viewers.get(key) ?? { contentId, userId, viewed: false, rating: null, ratedAt: null };
    viewers.set(key, viewer);
    if (event.type === 'content.watched') viewer.viewed = true;
    else if (viewer.ratedAt === null || timeOf(event) >= Date.parse(viewer.ratedAt)) {
      viewer.rating = event.data.rating as number;
      viewer.ratedAt = new Date(timeOf(event)).toISOString();
    }
  }
  return viewers;
}

function inLogOrder(log: readonly LogEvent[]): LogEvent[] {
  return log.toSorted((a, b) => a.position - b.position);
}

function timeOf(event: LogEvent): number {
  return Date.parse((event.data.occurredAt as string | undefined) ?? event.timestamp);
}

function foldIntoProfiles(profiles: Map<string, ExpectedProfile>, event: LogEvent): void {
  const userId = event.data.userId as string;
  if (event.type === 'user.registered') {
    profiles.set(userId, registeredProfile(event));
    return;
  }
  const profile = profiles.get(userId);
  if (profile) {
    changeProfile(profile, event);
    profile.lastActive = new Date(Math.max(Date.parse(profile.lastActive), timeOf(event))).toISOString();
  }
}

function registeredProfile({ data, timestamp }: LogEvent): ExpectedProfile {
  const initialPreferences = (data.initialPreferences as string[] | undefined) ?? [];
  const registered = new Date(timestamp).toISOString();
  return {
    userId: data.userId as string,
    email: data.email as string,
    name: data.name as string,
    subscriptionPlan: 'free',
    preferences: initialPreferences,
    totalWatchTime: 0,
    favoriteGenres: [...new Set(initialPreferences)],
    lastActive: registered,
    registrationDate: registered,
    isPremium: false,
    isActive: true,
  };
}

function changeProfile(profile: ExpectedProfile, { type, data }: LogEvent): void {
  if (type === 'user.subscribed') {
    profile.subscriptionPlan = data.plan as string;
    profile.isPremium = data.plan !== 'free';
  } else if (type === 'user.preferences_updated') {
    profile.preferences = data.newPreferences as string[];
  } else if (type === 'user.deactivated') {
    profile.isActive = false;
  } else if (type === 'user.reactivated') {
    profile.isActive = true;
  } else if (type === 'content.watched') {
    const genre = (data.genre as string | undefined) ?? 'unknown';
    profile.totalWatchTime += data.watchDurationSeconds as number;
    profile.favoriteGenres = [...new Set([...profile.favoriteGenres, genre])];
  }
}

function popularityOf(contentId: string, events: LogEvent[], terms: TrendingTerms): ExpectedPopularity {
  const watches = events.filter(({ type }) => type === 'content.watched');
  const ratings = standingRatings(events.filter(({ type }) => type === 'content.rated'));
  const catalogued = events.filter(({ type }) => type === 'content.catalogued').at(-1);
  const durations = watches.map(({ data }) => data.watchDurationSeconds as number);
  const completions = watches.map(({ data }) => data.completionPercentage as number);
  const named = catalogued ?? watches.findLast(({ data }) => data.genre !== undefined);
  return {
    contentId,
    title: (catalogued?.data.title as string | undefined) ?? null,
    genre: (named?.data.genre as string | undefined) ?? null,
    totalViews: watches.length,
    totalWatchTime: sum(durations),
    averageCompletionRate: mean(completions),
    uniqueViewers: new Set(watches.map(({ data }) => data.userId)).size,
    ratingAverage: mean(ratings),
    ratingCount: ratings.length,
    trendingScore: trendingScoreOf(watches, terms),
    lastUpdated: new Date(events.at(-1)!.timestamp).toISOString(),
  };
}

/** One rating per user: the latest by event time, and among equal times the last in the log. */
function standingRatings(ratings: LogEvent[]): number[] {
  const standing = new Map<string, LogEvent>();
  for (const rating of ratings) {
    const userId = rating.data.userId as string;
    const before = standing.get(userId);
    if (!before || timeOf(rating) >= timeOf(before)) {
      standing.set(userId, rating);
    }
  }
  return [...standing.values()].map(({ data }) => data.rating as number);
}

function trendingScoreOf(watches: LogEvent[], { now, halfLifeHours }: TrendingTerms): number {
  return sum(
    watches.map((watch) => {
      const ageHours = (now.getTime() - timeOf(watch)) / MILLISECONDS_PER_HOUR;
      return ((watch.data.completionPercentage as number) / 100) * 2 ** (-ageHours / halfLifeHours);
    }),
  );
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function mean(numbers: number[]): number | null {
  return numbers.length === 0 ? null : sum(numbers) / numbers.length;
}
