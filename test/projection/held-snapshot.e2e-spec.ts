import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { ANY_VERSION, type AppendRow } from '../../src/event-sourcing/log/append/append-row.js';
import { type AppendBatch, singleBatch } from '../../src/event-sourcing/log/append/append-batch.js';
import { Database } from '../../src/event-sourcing/postgres/database.js';
import type { Share } from '../../src/event-sourcing/projection/declare/share.js';
import {
  ACT_WAITS_MS,
  lockCheckpoint,
  saveCheckpoint,
  selectProgress,
} from '../../src/event-sourcing/projection/turn/checkpoint.sql.js';
import { ResolvedOptions } from '../../src/event-sourcing/options.js';
import { selectProjections } from '../../src/event-sourcing/projection/operate/status.sql.js';
import { selectRemaining } from '../../src/event-sourcing/projection/rebuild/rebuild.sql.js';
import { selectPlan } from '../../src/event-sourcing/projection/run/plan.sql.js';
import { selectMark } from '../../src/event-sourcing/replicas/replica-mark.sql.js';
import { type TallyHost, createTallies, startTallyHost } from '../support/hosts/tally-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const CALLS = 3_000;
const SAMPLE = 100;
/** Enough for the indexes to reach their final depth: the third level comes at some 10,000 entries. */
const FILL = 30_000;
const FILL_BATCH = 1_000;

type Parameters = [sql: string, values: unknown[]];

/** The ways into the log, each with its call and the streams that a call appends to besides one of its own. */
const WAYS: Readonly<Record<string, { streams: string[]; call: (batch: AppendBatch) => Parameters }>> = {
  append_one: {
    streams: [],
    call: (batch) => ['select eventfold.append_one($1, $2, $3, $4, $5, $6, $7)', batch.toSingle()],
  },
  append_together: {
    streams: ['shared'],
    call: (batch) => ['select eventfold.append_together($1, $2, $3, $4, $5, $6, $7, $8)', batch.toColumns()],
  },
  append_events: {
    streams: ['shared'],
    call: (batch) => ['select * from eventfold.append_events($1, $2)', batch.toRecords()],
  },
};

/**
 * A dump, a report or a forgotten `begin` keeps a snapshot and a transaction id for long. A log that is ordered by
 * `pg_snapshot_xmin` waits for that session, even for one in another database. A log that counts positions in a row of
 * its own walks past all dead versions of that row, which cannot be removed meanwhile. Neither must show here. (The
 * time that appends take is measured in bench; pages are the same on every machine.)
 */
describe('while other sessions hold a snapshot open', () => {
  let database: TestDatabase;
  let elsewhere: TestDatabase;
  let host: TallyHost;
  let appender: Client;
  let holders: Client[];

  beforeAll(async () => {
    [database, elsewhere] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    await createTallies(database);
    host = await startTallyHost(database, { turns: { pollIntervalMs: 60_000 } });
    appender = await connected(database.url);
    await appender.query('set synchronous_commit = off');
    await fill();
    holders = await Promise.all([database, elsewhere].map(({ url }) => holdSnapshot(url)));
  });
  afterAll(async () => {
    await host.stop();
    await Promise.all([appender, ...holders].map((client) => client.end()));
    await Promise.all([database.drop(), elsewhere.drop()]);
  });

  it('an append is read and folded at once', async () => {
    const position = await host.tick('held');
    await host.folded(position);
    expect((await host.store.readAll({ fromPosition: position - 1 })).map((event) => event.position)).toEqual(
      [position],
    );
    const folded = await database.query(`select last_position from eventfold.tallies where name = 'held'`);
    expect(folded).toEqual([{ last_position: position }]);
    await expectStillHeld();
  });

  it.each(Object.keys(WAYS))(
    `the last of ${CALLS} calls of %s touches no more pages than the first`,
    async (appendFunction) => {
      const pages = await pagesPerCall(CALLS, () => appendBy(appendFunction));
      expect(pages.last).toBeLessThan(pages.first * 1.2);
      await expectStillHeld();
    },
    180_000,
  );

  it(`the last of ${CALLS} turns touches no more pages of checkpoints than the first`, async () => {
    const { app, operations } = host;
    await operations.pause('tally');
    const options = app.get(ResolvedOptions, { strict: false });
    const share = { folding: { name: 'tally' }, build: 'live', partition: 0 } as Share;
    const turn = () =>
      app.get(Database, { strict: false }).transaction(async (manager) => {
        const { position } = (await lockCheckpoint(manager, options, share, { waitMs: ACT_WAITS_MS }))!;
        await saveCheckpoint(manager, options, share, position);
        await selectProgress(manager, options, 'tally');
        await selectProjections(manager, options);
        await selectPlan(manager, options, 'tally');
        await selectRemaining(manager, options, 'tally');
        await selectMark(manager, options);
        await manager.query('select pg_stat_force_next_flush()');
      });
    const pagesOfTurns = async (turns: number) => {
      const before = await pagesOfCheckpoints();
      for (let done = 0; done < turns; done++) await turn();
      return (await pagesOfCheckpoints()) - before;
    };
    // Statistics of two rows in many pages make an index look dear.
    await database.query(`insert into eventfold.projections (name, revision) values ('other', '1')`);
    await database.query(
      `insert into eventfold.projection_checkpoints (projection, build, partition) values ('other', 'live', 0)`,
    );
    const first = await pagesOfTurns(SAMPLE);
    await pagesOfTurns(CALLS - 2 * SAMPLE);
    await database.query('analyze eventfold.projection_checkpoints'); // as a server does by itself
    expect(await pagesOfTurns(SAMPLE)).toBeLessThan(first * 1.5);
    await expectStillHeld();
  });

  it('the same measure sees a row that counts, the way not taken, grow without end', async () => {
    await appender.query('create table counter (id integer primary key, head bigint)');
    await appender.query('insert into counter values (1, 0)');
    const pages = await pagesPerCall(2_000, () => ['update counter set head = head + 1 where id = 1', []]);
    expect(pages.last).toBeGreaterThan(pages.first * 2);
  });

  async function fill(): Promise<void> {
    for (let filled = 0; filled < FILL; filled += FILL_BATCH) {
      const rows = Array.from({ length: FILL_BATCH }, (_, append) => ({ ...row(randomUUID(), 0), append }));
      await appender.query(...WAYS['append_events']!.call(singleBatch(rows, undefined)));
    }
    await pagesPerCall(SAMPLE, () => appendBy('append_together'));
  }

  /** One call, to a stream of its own and to those that all calls of this way share. */
  function appendBy(way: string): Parameters {
    const { streams, call } = WAYS[way]!;
    return call(singleBatch([row(randomUUID(), 0), ...streams.map((id) => row(id, ANY_VERSION))], undefined));
  }

  /**
   * The pages touched by the first and by the last calls, each call in a transaction. It is the median: a call that
   * reads the catalogue anew, as the first of its kind does, touches hundreds more.
   */
  async function pagesPerCall(calls: number, call: () => Parameters) {
    const pages: number[] = [];
    for (let done = 0; done < calls; done++) pages.push(await pagesOf(...call()));
    return { first: median(pages.slice(0, SAMPLE)), last: median(pages.slice(-SAMPLE)) };
  }

  async function pagesOf(sql: string, parameters: unknown[]): Promise<number> {
    const explain = `explain (analyze, buffers, timing off, format json) ${sql}`;
    const { rows } = await appender.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
      explain,
      parameters,
    );
    const { Plan: plan } = rows[0]!['QUERY PLAN'][0];
    return plan['Shared Hit Blocks']! + plan['Shared Read Blocks']!;
  }

  async function pagesOfCheckpoints(): Promise<number> {
    const [row] = await database.query<{ pages: number }>(
      `select (heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read)::float8 as pages
         from pg_statio_user_tables where relname = 'projection_checkpoints'`,
    );
    return row!.pages;
  }

  /** The holders still see the first state: nothing of it was given up to let the others go on. */
  async function expectStillHeld(): Promise<void> {
    const counts = await Promise.all(holders.map((holder) => count(holder)));
    expect(counts).toEqual([FILL + 2 * SAMPLE, 0]);
    const [oldest] = await database.query<{ waits: boolean }>(
      `select bool_and(backend_xmin is not null and backend_xid is not null) as waits from pg_stat_activity
        where datname = current_database() and application_name = 'holder'`,
    );
    expect(oldest!.waits).toBe(true);
  }
});

const row = (stream_id: string, expected: number): AppendRow => ({
  append: 0,
  stream_id,
  expected,
  event_id: randomUUID(),
  event_type: 'tally.other',
  event_data: {},
  metadata: { correlationId: 'c', causationId: 'c', schemaVersion: 1 },
  ownId: true,
});

/** A session with a transaction id and a snapshot, as the worst sessions have. */
async function holdSnapshot(url: string): Promise<Client> {
  const client = await connected(url, 'holder');
  await client.query('begin isolation level repeatable read');
  await client.query('select pg_current_xact_id()');
  await count(client);
  return client;
}

async function count(client: Client): Promise<number> {
  const { rows } = await client.query<{ count: string }>('select count(*) from eventfold.events');
  return Number(rows[0]!.count);
}

async function connected(url: string, name = 'test'): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: name });
  await client.connect();
  return client;
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
