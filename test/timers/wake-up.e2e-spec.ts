/** How a process hears of a timer that another one has scheduled, and whose clock counts. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { Clock, Timers } from '../../src/event-sourcing/index.js';
import { LogListener } from '../../src/event-sourcing/for-service.js';
import { eventually } from '../support/eventually.js';
import { hasPooler, Pooler } from '../support/servers/pooler.js';
import {
  createTallies,
  startTallyHost,
  type TallyHost,
  type TallyHostOptions,
  Ticked,
} from '../support/hosts/tally-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** Longer than a test. */
const NEVER = 600_000;
/** A process that looks at its start alone. */
const TOLD_ONLY = { turns: { pollIntervalMs: NEVER }, timers: { pollIntervalMs: NEVER } };

let database: TestDatabase;
let undo: (() => Promise<unknown>)[];

beforeEach(async () => {
  database = await createTestDatabase();
  await createTallies(database);
  undo = [];
});
afterEach(async () => {
  for (const step of undo.toReversed()) await step();
  await database.drop();
});

async function start(options: TallyHostOptions, url = database.url): Promise<TallyHost> {
  const host = await startTallyHost({ ...database, url }, options);
  undo.push(() => host.stop());
  return host;
}

const schedule = (host: TallyHost, at: Date | { in: string | number } = { in: 0 }) =>
  host.app.get(Timers).schedule(at, new Ticked({ tally: 'a' }), { stream: 'tally-a' });
const hasFired = (host: TallyHost) => eventually(async () => expect(await host.store.head()).toBe(1));
const proven = (host: TallyHost) => eventually(() => expect(host.app.get(LogListener).state).toBe('proven'));

/** As a process that dies right after its commit. */
const insertSilently = () =>
  database.query(
    `insert into eventfold.timers (id, due_at, stream_id, event_type, event_data, metadata)
     values (gen_random_uuid(), clock_timestamp(), 'tally-a', 'tally.ticked', '{"tally": "a"}',
             '{"correlationId": "c", "causationId": "c", "schemaVersion": 1}')`,
  );

describe('a process that sleeps', () => {
  it('is woken by a timer that another process schedules, also in a transaction, or moves', async () => {
    const host = await start(TOLD_ONLY);
    const other = await start({ projections: false, timers: { pollIntervalMs: NEVER } });
    await proven(host);
    await schedule(other);
    await hasFired(host);
    await other.app.get(DataSource).transaction(async (manager) => {
      const options = { stream: 'tally-a', manager };
      await other.app.get(Timers).schedule({ in: 0 }, new Ticked({ tally: 'a' }), options);
    });
    await eventually(async () => expect(await host.store.head()).toBe(2));
    const { id } = await schedule(other, { in: '1h' });
    await other.app.get(Timers).move(id, { in: '50ms' });
    await eventually(async () => expect(await host.store.head()).toBe(3));
  });

  it('fires a timer whose notification was lost by its next look', async () => {
    const host = await start({ timers: { pollIntervalMs: 300 } });
    await proven(host);
    await insertSilently();
    await hasFired(host);
  });

  it('fires nothing by itself without a notification and a look', async () => {
    const host = await start(TOLD_ONLY);
    await schedule(host);
    await hasFired(host);
    await sleep(500); // its look after that
    await insertSilently();
    await sleep(500);
    expect(await host.store.head()).toBe(1);
  });
});

it('the clock of the database counts, not that of a process', async () => {
  const host = await start({});
  const clock = host.app.get(Clock);
  clock.now = () => new Date(Date.now() + 6 * 3_600_000);
  await schedule(host, new Date(Date.now() + 3_600_000));
  clock.now = () => new Date(Date.now() - 6 * 3_600_000);
  await schedule(host, { in: '100ms' });
  await hasFired(host);
  await sleep(300);
  expect(await host.store.head()).toBe(1);
});

(hasPooler() ? it : it.skip)('fires behind a pooler in transaction mode', async () => {
  const pooler = await Pooler.before(database.url);
  undo.push(() => pooler.stop());
  const host = await start({ turns: { pollIntervalMs: 50 }, timers: { pollIntervalMs: NEVER } }, pooler.url);
  await eventually(() => expect(host.app.get(LogListener).state).toBe('unproven'));
  await insertSilently();
  await hasFired(host);
  await schedule(host);
  await eventually(async () => expect(await host.store.head()).toBe(2));
});
