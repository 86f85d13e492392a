import type { Client } from 'pg';
import { ProjectionProgress } from '../../src/event-sourcing/index.js';
import { ContentWatched } from '../../src/viewing/viewing.events.js';
import type { Part } from '../bench.js';
import { type Figures, inTurn } from '../measure.js';
import { openEventfold } from '../open-eventfold.js';
import { withClient } from '../server.js';
import { fillLog } from './fill-log.js';

const READ_MODELS = ['user_profiles', 'content_popularity', 'content_viewers'];
const PAGE = 1_000;
/** Enough for a rate; the whole log would take minutes. */
const NAIVE_EVENTS = 3_000;

/**
 * Catch-up of both projections from an empty read model, running side by side in one process. The yardstick is a
 * reader that pages through the same events with plain `pg` and folds nothing: what no projection can beat.
 */
export const catchUp: Part = {
  name: 'catch-up',
  about: 'both read models, folded from the first event on',
  run: async (bench) => {
    const { url, events, progress } = bench;
    progress.tell(`writing ${events.toLocaleString('en')} events`);
    await fillLog(bench);
    return inTurn(
      bench,
      { work: `log of ${events.toLocaleString('en')} events`, unit: 'events/s' },
      {
        'page through it, fold nothing': () => rateOf(events, () => readLog(url)),
        'user-profile and content-popularity': () => catchUpRate(url, events),
        'one statement an event, 100 a transaction': () => rateOf(NAIVE_EVENTS, () => foldNaively(url)),
      },
    );
  },
  claims: [],
};

async function catchUpRate(url: string, events: number): Promise<Figures> {
  await withClient(url, async (client) => {
    await client.query(`truncate ${READ_MODELS.map((table) => `eventfold.${table}`).join(', ')}`);
    await client.query('update eventfold.projection_checkpoints set position = 0');
  });
  const app = await openEventfold(url, { PROJECTIONS: 'on', READ_AFTER_TIMEOUT_MS: '600000' });
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
  return (await client.query<{ global_position: string }>(sql, [after, PAGE])).rows;
}

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

async function rateOf(events: number, work: () => Promise<unknown>): Promise<Figures> {
  const start = performance.now();
  await work();
  return { rate: events / ((performance.now() - start) / 1_000) };
}
