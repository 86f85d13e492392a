import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import type { Client } from 'pg';
import { MessageContext, Timers } from '../../src/event-sourcing/index.js';
import { ContentCatalogued } from '../../src/viewing/viewing.events.js';
import { type Figures, figuresOf } from '../figures.js';
import { inTurn } from '../measure.js';
import { openEventfold } from '../open-eventfold.js';
import type { PartContext, Part } from '../part.js';
import { paced } from '../http/paced.js';
import { withClient } from '../server.js';

const COUNT = 10_000;
const PER_SECOND = 100;
/** How long before it is due each timer is scheduled, in ms. */
const AHEAD_MS = 500;
/** The slices of one round. */
const SLICES = 5;
const AT_ONCE = `${COUNT.toLocaleString('en')} timers that are due at once`;
const STEADY = `${PER_SECOND} timers/s, each due ${AHEAD_MS} ms after it is scheduled`;
const FIRED = 'fired by one process, late by';

/** How fast timers fire, and how late. */
export const timers: Part = {
  name: 'timers',
  about: 'timers that are due at once, and how late timers fire at a steady rate',
  run: async (context) => {
    const app = await openEventfold(context.url, { PROJECTIONS: 'on' });
    try {
      return await withClient(context.url, async (client) => [
        ...(await inTurn(
          context,
          { work: AT_ONCE, unit: 'timers/s' },
          { [FIRED]: () => fireAtOnce(client) },
        )),
        ...(await inTurn(
          context,
          { work: STEADY, unit: 'timers/s' },
          { [FIRED]: () => fireSteadily(context, client, app) },
        )),
      ]);
    } finally {
      await app.close();
    }
  },
  claims: [
    { work: AT_ONCE, of: FIRED, figure: 'rate', atLeast: COUNT / 5 },
    { work: STEADY, of: FIRED, figure: 'p99', atMost: 250 },
  ],
};

/** They are due when they are inserted, and their process is told, as after `Timers.schedule`. */
async function fireAtOnce(client: Client): Promise<Figures> {
  const run = randomUUID();
  await client.query(
    `insert into eventfold.timers (id, due_at, stream_id, event_type, event_data, metadata)
     select gen_random_uuid(), clock_timestamp(), 'content-' || $2 || '-' || n, 'content.catalogued',
            jsonb_build_object('contentId', $2 || '-' || n, 'title', 'Title', 'genre', 'drama'),
            jsonb_build_object('correlationId', $2::text, 'causationId', $2::text, 'schemaVersion', 1)
       from generate_series(1, $1::integer) n`,
    [COUNT, run],
  );
  await client.query(`select pg_notify('eventfold_appended', 'timer 0')`);
  return lateness(client, run, COUNT);
}

async function fireSteadily(
  context: PartContext,
  client: Client,
  app: INestApplicationContext,
): Promise<Figures> {
  const run = randomUUID();
  const schedule = app.get(Timers);
  let count = 0;
  const isOver = (elapsedMs: number) => elapsedMs >= SLICES * context.sliceMs;
  await app.get(MessageContext).run({ correlationId: run, causationId: run }, () =>
    paced(context, { perSecond: PER_SECOND, isOver }, async (nth) => {
      count++;
      const contentId = `${run}-${nth}`;
      const event = new ContentCatalogued({ contentId, title: run, genre: 'drama' });
      await schedule.schedule({ in: AHEAD_MS }, event, { stream: `content-${contentId}` });
      return 0;
    }),
  );
  return lateness(client, run, count);
}

/** Waits until all have fired. The rate is that from the first that was due to the last event. */
async function lateness(client: Client, run: string, count: number): Promise<Figures> {
  for (let waiting = true; waiting; await sleep(50)) {
    const { rows } = await client.query<{ waiting: boolean }>(
      'select exists (select from eventfold.timers) as waiting',
    );
    waiting = rows[0]!.waiting;
  }
  const { rows } = await client.query<{ ms: number; from: number; to: number }>(
    `select (extract(epoch from "timestamp" - (metadata ->> 'dueAt')::timestamptz) * 1000)::float8 as ms,
            extract(epoch from min((metadata ->> 'dueAt')::timestamptz) over ())::float8 as from,
            extract(epoch from max("timestamp") over ())::float8 as to
       from eventfold.events where metadata ->> 'correlationId' = $1`,
    [run],
  );
  if (rows.length !== count) throw new Error(`${count} timers became ${rows.length} events.`);
  const { from, to } = rows[0]!;
  return figuresOf(
    rows.map(({ ms }) => ms),
    to - from,
  );
}
