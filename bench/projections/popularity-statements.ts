import type { Client } from 'pg';
import { TrendingScore } from '../../src/content-popularity/trending-score.js';
import { ContentCatalogued, ContentRated, ContentWatched } from '../../src/viewing/viewing.events.js';
import type { Logged } from './read-log.js';

type LoggedAs<Event> = Event extends { type: infer Type; data: infer Data }
  ? Logged & { type: Type; data: Data }
  : never;

export type PopularityEvent = LoggedAs<ContentCatalogued | ContentWatched | ContentRated>;

export const POPULARITY_EVENTS: readonly string[] = [ContentCatalogued, ContentWatched, ContentRated].map(
  ({ type }) => type,
);

/** The half-life is the service's default. */
const score = new TrendingScore(24);

/** The changes of one event in `naive.content_popularity` and `naive.content_viewers`, as separate statements. */
export async function popularityByStatements(client: Client, event: PopularityEvent): Promise<void> {
  switch (event.type) {
    case 'content.catalogued':
      await catalogued(client, event);
      break;
    case 'content.watched':
      await watched(client, event);
      break;
    case 'content.rated':
      await rated(client, event);
  }
}

async function catalogued(client: Client, event: LoggedAs<ContentCatalogued>): Promise<void> {
  const { contentId, title, genre } = event.data;
  await client.query(
    `insert into naive.content_popularity
     values ($1, $2, $3, true, 0, 0, 0, 0, 0, 0, '-Infinity', to_timestamp($4::float8 / 1000))
     on conflict (content_id) do update set
       title = excluded.title, genre = excluded.genre, catalogued = true, last_updated = excluded.last_updated`,
    [contentId, title, genre, event.recordedAt],
  );
}

async function watched(client: Client, event: LoggedAs<ContentWatched>): Promise<void> {
  const { contentId, userId, watchDurationSeconds, completionPercentage, genre = null } = event.data;
  const { rowCount: newViewers } = await client.query(
    `insert into naive.content_viewers as v values ($1, $2, true)
     on conflict (content_id, user_id) do update set viewed = true where not v.viewed returning 1`,
    [contentId, userId],
  );
  const logarithm = score.add(-Infinity, completionPercentage / 100, new Date(event.at));
  await client.query(
    `insert into naive.content_popularity as p
     values ($1, null, $2, false, 1, $3, $4, $5, 0, 0, $6, to_timestamp($7::float8 / 1000))
     on conflict (content_id) do update set
       genre = case when p.catalogued then p.genre else excluded.genre end,
       total_views = p.total_views + 1, total_watch_time = p.total_watch_time + excluded.total_watch_time,
       completion_sum = p.completion_sum + excluded.completion_sum,
       unique_viewers = p.unique_viewers + excluded.unique_viewers,
       trending = ${ADD_LOGARITHMS}, last_updated = excluded.last_updated`,
    [contentId, genre, watchDurationSeconds, completionPercentage, newViewers, logarithm, event.recordedAt],
  );
}

/** log2(2^a + 2^b), as in `TrendingScore`. */
const [LOW, HIGH] = ['least(p.trending, excluded.trending)', 'greatest(p.trending, excluded.trending)'];
const ADD_LOGARITHMS = `case ${LOW} when '-Infinity' then ${HIGH}
  else ${HIGH} + ln(1 + power(2::float8, greatest(${LOW} - ${HIGH}, -1000))) / ln(2::float8) end`;

async function rated(client: Client, event: LoggedAs<ContentRated>): Promise<void> {
  const { contentId, userId, rating } = event.data;
  const { rows } = await client.query<{ rating: number | null; rated_at: number | null }>(
    `select rating, (extract(epoch from rated_at) * 1000)::float8 as rated_at
       from naive.content_viewers where content_id = $1 and user_id = $2`,
    [contentId, userId],
  );
  const before = rows[0] ?? { rating: null, rated_at: null };
  const counts = before.rated_at === null || event.at >= before.rated_at;
  if (counts) {
    await client.query(
      `insert into naive.content_viewers values ($1, $2, false, $3, to_timestamp($4::float8 / 1000))
       on conflict (content_id, user_id) do update set rating = excluded.rating, rated_at = excluded.rated_at`,
      [contentId, userId, rating, event.at],
    );
  }
  await client.query(
    `insert into naive.content_popularity as p
     values ($1, null, null, false, 0, 0, 0, 0, $2, $3, '-Infinity', to_timestamp($4::float8 / 1000))
     on conflict (content_id) do update set
       rating_sum = p.rating_sum + excluded.rating_sum, rating_count = p.rating_count + excluded.rating_count,
       last_updated = excluded.last_updated`,
    [
      contentId,
      counts ? rating - (before.rating ?? 0) : 0,
      counts && before.rating === null ? 1 : 0,
      event.recordedAt,
    ],
  );
}
