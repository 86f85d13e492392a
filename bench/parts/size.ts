import { LogVerifier } from '../../src/event-sourcing/index.js';
import type { PartContext, Part } from '../part.js';
import { inTurn, measure } from '../measure.js';
import type { Figures, Measurement } from '../figures.js';
import { openEventfold } from '../open-eventfold.js';
import { EVENTS_A_USER, fillLogOfUsers, type LogOfUsers, streamOf } from '../projections/log-of-users.js';
import { catchUp, openFolding } from '../projections/profile-catch-up.js';
import type { Claim } from '../report/claim.js';
import { withClient } from '../server.js';
import { type Contender, newStream, watchedEvents } from '../stores/contender.js';
import { openEventfoldStore } from '../stores/eventfold.js';

/** The log with 100,000 events must keep that size through all rounds. */
const APPENDS_A_ROUND = 5_000;
const CLIENTS = 32;
/** Events that are appended to a log before the measurement; see `runIn`. */
const RUN_IN = 0.04;
/** The last events of each log, which are folded again in each round. All others are folded. */
const FOLDED = 100_000;

const APPEND = `append to a new stream, ${CLIENTS} clients`;
const READ = `stream of ${EVENTS_A_USER} events, ${CLIENTS} clients`;
const CATCH_UP = `user profile: the last ${FOLDED.toLocaleString('en')} events`;
const VERIFY = 'log verify';
const BYTES = 'bytes of an event';

export const DEFAULT_SIZES = [100_000, 1_000_000, 5_000_000] as const;

const contenderOf = (size: number) => `${size.toLocaleString('en')} events in the table`;

/** What must hold in large logs, beside the small one. */
const inLargeLogs = (work: string, atLeast: number): Claim[] =>
  [5_000_000, 20_000_000].map((size) => ({
    work,
    of: contenderOf(size),
    against: contenderOf(100_000),
    figure: 'rate',
    atLeast,
  }));

/** Each log has a schema of its own, so that rounds can go in turn. */
export const size: Part = {
  name: 'size',
  about: 'what appends, reads, catch-up and verification cost in a small log and in large ones',
  long: true,
  run: async (context) => {
    const logs = context.sizes.map((events): LogOfUsers => ({ schema: `log_of_${events}`, events }));
    for (const log of logs) await create(context, log);
    return [
      ...(await bytesOf(context, logs)),
      ...(await eachInTurn(context, logs, { work: CATCH_UP, unit: 'events/s' }, (log) =>
        catchUp(context, log, Math.min(FOLDED, log.events)),
      )),
      ...(await verifyOnce(context, logs)),
      ...(await withStores(context, logs)),
    ];
  },
  claims: [...inLargeLogs(APPEND, 0.85), ...inLargeLogs(CATCH_UP, 0.9)],
};

async function create(context: PartContext, log: LogOfUsers): Promise<void> {
  const app = await openFolding(context, log); // so that the database knows the projections
  await app.close();
  await fillLogOfUsers(context, log, Math.min(FOLDED, log.events));
}

function eachInTurn(
  context: PartContext,
  logs: readonly LogOfUsers[],
  what: { work: string; unit: string },
  round: (log: LogOfUsers) => Promise<Figures>,
): Promise<Measurement[]> {
  const rounds = logs.map((log) => [contenderOf(log.events), () => round(log)] as const);
  return inTurn(context, what, Object.fromEntries(rounds));
}

/** Once, because a large log takes minutes. */
async function verifyOnce(context: PartContext, logs: readonly LogOfUsers[]): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const { schema, events } of logs) {
    context.progress.tell(`${VERIFY}: ${contenderOf(events)}`);
    const app = await openEventfold(context.url, { DATABASE_SCHEMA: schema });
    try {
      const start = performance.now();
      const { fault } = await app.get(LogVerifier).verify({ signal: context.stop, onPage: () => undefined });
      if (fault !== undefined) throw new Error(`The log of ${events} events is not sound: ${fault.message}`);
      const rate = events / ((performance.now() - start) / 1_000);
      measurements.push({
        work: VERIFY,
        contender: contenderOf(events),
        unit: 'events/s',
        rounds: [{ rate }],
      });
    } finally {
      await app.close();
    }
  }
  return measurements;
}

/** The table and its indexes. */
async function bytesOf({ url }: PartContext, logs: readonly LogOfUsers[]): Promise<Measurement[]> {
  return withClient(url, async (client) => {
    const measurements: Measurement[] = [];
    for (const part of ['table', 'indexes']) {
      for (const { schema, events } of logs) {
        const { rows } = await client.query<{ bytes: number }>(
          `select pg_${part}_size('${schema}.events')::float8 as bytes`,
        );
        const work = `${BYTES}, ${part}`;
        const rounds = [{ rate: rows[0]!.bytes / events }];
        measurements.push({ work, contender: contenderOf(events), unit: 'bytes', rounds });
      }
    }
    return measurements;
  });
}

async function withStores(context: PartContext, logs: readonly LogOfUsers[]): Promise<Measurement[]> {
  const stores = new Map<LogOfUsers, Contender>();
  try {
    for (const log of logs)
      stores.set(log, await openEventfoldStore(context.url, { DATABASE_SCHEMA: log.schema }));
    const read = await eachInTurn(context, logs, { work: READ, unit: 'streams/s' }, (log) =>
      readStreams(context, log, stores.get(log)!),
    );
    for (const [log, store] of stores) await runIn(context, log, store);
    const append = await eachInTurn(context, logs, { work: APPEND, unit: 'appends/s' }, (log) =>
      appendTo(context, stores.get(log)!, APPENDS_A_ROUND),
    );
    return [...append, ...read];
  } finally {
    for (const store of stores.values()) await store.close();
  }
}

function readStreams(context: PartContext, { events }: LogOfUsers, store: Contender): Promise<Figures> {
  const users = events / EVENTS_A_USER;
  return measure(context, { clients: CLIENTS }, async () => {
    const { length } = await store.read(streamOf(Math.floor(Math.random() * users)));
    if (length !== EVENTS_A_USER) throw new Error(`A stream has ${length} of ${EVENTS_A_USER} events`);
  });
}

/**
 * After a checkpoint, PostgreSQL writes a page to the WAL as a whole when the page changes for the first time. In a
 * large log of many streams nearly every append meets such a page, for seconds. The measurement is about the minutes
 * after.
 */
async function runIn(context: PartContext, { events }: LogOfUsers, store: Contender): Promise<void> {
  context.progress.tell(`running in: ${contenderOf(events)}`);
  await appendTo(context, store, events * RUN_IN);
}

function appendTo(context: PartContext, store: Contender, calls: number) {
  const payload = watchedEvents(1);
  return measure(context, { clients: CLIENTS, ms: Infinity, calls }, () =>
    store.append(newStream(), 0, payload),
  );
}
