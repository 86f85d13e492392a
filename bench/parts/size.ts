import type { PartContext, Part } from '../part.js';
import { inTurn, measure } from '../measure.js';
import type { Measurement } from '../figures.js';
import { withClient } from '../server.js';
import { type Contender, newStream, watchedEvents } from '../stores/contender.js';
import { openEventfoldStore } from '../stores/eventfold.js';

/** The log with 100,000 events must keep that size through all rounds. */
const APPENDS_A_ROUND = 5_000;
const CLIENTS = 32;
const EVENTS_A_STREAM = 10;
const CHUNK = 100_000;
/** Events that are appended to a log before the measurement; see `openFilled`. */
const RUN_IN = 0.04;
const WORK = `append to a new stream, ${CLIENTS} clients`;

export const DEFAULT_SIZES = [100_000, 1_000_000, 5_000_000] as const;

const contenderOf = (size: number) => `${size.toLocaleString('en')} events in the table`;

export const size: Part = {
  name: 'size',
  about: 'what an append costs in a small log and in large ones',
  long: true,
  run: async (context) => {
    const stores: Contender[] = [];
    try {
      for (const events of context.sizes) stores.push(await openFilled(context, events));
      return await appendToAll(context, stores);
    } finally {
      for (const store of stores) await store.close();
    }
  },
  claims: [
    { work: WORK, of: contenderOf(5_000_000), against: contenderOf(100_000), figure: 'rate', atLeast: 0.85 },
  ],
};

/**
 * Each log has a schema of its own, so that rounds can go in turn. Each log is run in first. After a checkpoint,
 * PostgreSQL writes a page to the WAL as a whole when the page changes for the first time. In a large log of many
 * streams nearly every append meets such a page, for seconds. The measurement is about the minutes after.
 */
async function openFilled(context: PartContext, events: number): Promise<Contender> {
  const schema = `log_of_${events}`;
  const store = await openEventfoldStore(context.url, { DATABASE_SCHEMA: schema });
  await fill(context, schema, events);
  context.progress.tell(`running in: ${contenderOf(events)}`);
  await appendTo(context, store, events * RUN_IN);
  return { ...store, name: contenderOf(events) };
}

function appendToAll(context: PartContext, stores: readonly Contender[]): Promise<Measurement[]> {
  const rounds = stores.map(
    (store) => [store.name, () => appendTo(context, store, APPENDS_A_ROUND)] as const,
  );
  return inTurn(context, { work: WORK, unit: 'appends/s' }, Object.fromEntries(rounds));
}

function appendTo(context: PartContext, store: Contender, calls: number) {
  const payload = watchedEvents(1);
  return measure(context, { clients: CLIENTS, ms: Infinity, calls }, () =>
    store.append(newStream(), 0, payload),
  );
}

/** Bypasses the append function, which would take many minutes. The result is the same. */
async function fill({ url, stop, progress }: PartContext, schema: string, events: number): Promise<void> {
  await withClient(url, async (client) => {
    for (let from = 1; from <= events; from += CHUNK) {
      stop.throwIfAborted();
      progress.tell(`filling ${contenderOf(events)}: ${(from - 1).toLocaleString('en')}`);
      await client.query(fillOf(schema), [from, Math.min(from + CHUNK - 1, events), EVENTS_A_STREAM]);
    }
    await client.query(`vacuum analyze ${schema}.events`);
    await client.query('checkpoint'); // none in the middle of a round
  });
}

/** Streams in random order, and event ids in the order of time (UUID version 7), as the store makes them. */
const fillOf = (schema: string) => `
  insert into ${schema}.events
         (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
  select position,
         'user-' || md5(((position - 1) / $3)::text)::uuid,
         (position - 1) % $3 + 1,
         (lpad(to_hex(1600000000000 + position), 12, '0') || '7' || substr(md5(position::text), 1, 3)
           || '8' || substr(md5(position::text), 4, 15))::uuid,
         'content.watched',
         jsonb_build_object('userId', md5(((position - 1) / $3)::text)::uuid, 'contentId', 'metropolis-1927',
                            'watchDurationSeconds', 5400, 'completionPercentage', 60),
         jsonb_build_object('correlationId', md5(position::text)::uuid, 'causationId', md5(position::text)::uuid,
                            'schemaVersion', 1),
         timestamptz '2026-01-01' + position * interval '1 ms'
    from generate_series($1::bigint, $2::bigint) as series(position)`;
