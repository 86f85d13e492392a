import { NestFactory } from '@nestjs/core';
import { Client } from 'pg';
import { AppModule } from '../src/app.module.js';
import { readSettings } from '../src/config/settings.js';
import { EventStore, ProjectionProgress } from '../src/event-sourcing/index.js';
import { UserRegistered } from '../src/users/user.events.js';
import {
  ContentCatalogued,
  ContentRated,
  contentStream,
  ContentWatched,
} from '../src/viewing/viewing.events.js';
import { type Measurement } from './measurement.js';
import { createLoad } from './simulate/load.js';

const BATCH = 1_000;
const READ_MODELS = ['user_profiles', 'content_popularity', 'content_viewers'];

/**
 * Catch-up of both projections from an empty read model, running side by side in one process. The yardstick is a
 * reader that pages through the same events with plain `pg` and folds nothing: what no projection can beat.
 */
export async function benchCatchUp(url: string, events: number, rounds: number): Promise<Measurement[]> {
  await fillLog(url, events);
  const reading: Measurement = { name: 'plain pg: page through the log, fold nothing', rates: [] };
  const folding: Measurement = { name: 'catch-up: user-profile and content-popularity together', rates: [] };
  const naive: Measurement = { name: 'naive: one statement an event, 100 a transaction', rates: [] };
  for (let round = 0; round < rounds; round++) {
    reading.rates.push(await rateOf(events, () => readLog(url)));
    folding.rates.push(await catchUpRate(url, events));
    naive.rates.push(await rateOf(NAIVE_EVENTS, () => foldNaively(url)));
  }
  return [reading, folding, naive];
}

const openApp = (url: string, PROJECTIONS: 'on' | 'off') =>
  NestFactory.createApplicationContext(
    AppModule.forRoot(readSettings({ PROJECTIONS, READ_AFTER_TIMEOUT_MS: '600000' }), url),
    { logger: ['error', 'warn'] },
  );

/** Users, the film catalogue, and views and ratings up to `events` in all. */
async function fillLog(url: string, events: number): Promise<void> {
  const app = await openApp(url, 'off');
  const store = app.get(EventStore);
  let batch: Parameters<EventStore['appendEach']>[0][number][] = [];
  for (const append of loadOf(events)) {
    batch.push(append);
    if (batch.length < BATCH) continue;
    await store.appendEach(batch);
    batch = [];
  }
  await store.appendEach(batch);
  await app.close();
}

function* loadOf(events: number) {
  const { films, users, viewing } = createLoad({
    seed: 1,
    users: 1_000,
    events,
    days: 30,
    until: new Date(),
  });
  let left = events;
  for (const { userId, name } of users) {
    if (left-- <= 0) return;
    yield {
      streamId: `user-${userId}`,
      event: new UserRegistered({
        userId,
        name,
        email: `${userId}@example.org`,
        initialPreferences: ['drama'],
      }),
    };
  }
  for (const { contentId, title, genre } of films) {
    if (left-- <= 0) return;
    yield { streamId: contentStream(contentId), event: new ContentCatalogued({ contentId, title, genre }) };
  }
  for (const { type, eventId: _, ...data } of viewing()) {
    if (left-- <= 0) return;
    const event =
      type === 'content.watched' ? new ContentWatched(data as never) : new ContentRated(data as never);
    yield { streamId: contentStream(data.contentId), event };
  }
}

async function catchUpRate(url: string, events: number): Promise<number> {
  await withClient(url, async (client) => {
    await client.query(`truncate ${READ_MODELS.map((table) => `eventfold.${table}`).join(', ')}`);
    await client.query('update eventfold.projections set position = 0');
  });
  const app = await openApp(url, 'on');
  const progress = app.get(ProjectionProgress);
  try {
    return await rateOf(events, () =>
      Promise.all(progress.names.map((name) => progress.waitFor(name, events))),
    );
  } finally {
    await app.close();
  }
}

async function readLog(url: string): Promise<void> {
  await withClient(url, async (client) => {
    for (let position = 0, rows; (rows = await page(client, position)).length > 0;) {
      position = Number(rows.at(-1)!.global_position);
    }
  });
}

async function page(client: Client, after: number): Promise<{ global_position: string }[]> {
  const sql = `select * from eventfold.events where global_position > $1 order by global_position limit $2`;
  return (await client.query<{ global_position: string }>(sql, [after, BATCH])).rows;
}

/** Enough for a rate; the whole log would take minutes. */
const NAIVE_EVENTS = 3_000;

/** What a handler with one upsert an event does: watch time per user, the simplest of the fields. */
async function foldNaively(url: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query('create temporary table naive (user_id text primary key, total double precision)');
    const sql = `select event_data from eventfold.events where event_type = $1 order by global_position limit $2`;
    const { rows } = await client.query<{ event_data: ContentWatched['data'] }>(sql, [
      ContentWatched.type,
      NAIVE_EVENTS,
    ]);
    for (let start = 0; start < rows.length; start += 100) {
      await client.query('begin');
      for (const { event_data } of rows.slice(start, start + 100)) {
        await client.query(
          `insert into naive values ($1, $2) on conflict (user_id) do update set total = naive.total + excluded.total`,
          [event_data.userId, event_data.watchDurationSeconds],
        );
      }
      await client.query('commit');
    }
  });
}

async function rateOf(events: number, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return events / ((performance.now() - start) / 1_000);
}

async function withClient(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
