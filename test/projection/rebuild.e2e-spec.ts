import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { ProjectionOperations, Projections, ProjectionStateError } from '../../src/event-sourcing/index.js';
import { Rebuilds } from '../../src/event-sourcing/projection/rebuild/rebuilds.js';
import { Api } from '../support/http/api.js';
import { eventually } from '../support/eventually.js';
import { gate } from '../support/gate.js';
import {
  countsOf,
  createTallies,
  type TallyHostOptions,
  type TallyHost,
  startTallyHost,
  Tally,
} from '../support/hosts/tally-host.js';
import { startServiceProcess } from '../support/processes/service-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startOn } from '../support/http/test-service.js';

const TALLIES = '"eventfold"."tallies"';

describe('a rebuild', () => {
  let database: TestDatabase;
  let hosts: TallyHost[];

  beforeEach(async () => {
    database = await createTestDatabase();
    await createTallies(database);
    hosts = [];
  });
  afterEach(async () => {
    for (const host of hosts) await host.stop();
    await database.drop();
  });

  const start = async (options?: TallyHostOptions) => {
    const host = await startTallyHost(database, options);
    hosts.push(host);
    return host;
  };
  const rebuilt = async ({ operations }: TallyHost) => {
    // An exchange that a busy machine delays past its limit is tried again after a pause that doubles.
    await eventually(
      async () =>
        expect(await operations.get('tally')).toMatchObject({ rebuild: null, lastRebuild: { tables: [{}] } }),
      90_000,
    );
    return (await operations.get('tally')).lastRebuild!;
  };
  const held = async ({ operations }: TallyHost) => {
    await eventually(async () =>
      expect(await operations.get('tally')).toMatchObject({ rebuild: { state: 'held' } }),
    );
    return (await operations.get('tally')).rebuild!.report!;
  };
  /** Rows without an event. */
  const corrupt = async () => {
    await database.query(`update eventfold.tallies set count = 1000 where name = 'a'`);
    await database.query(`delete from eventfold.tallies where name = 'b'`);
    await database.query(`insert into eventfold.tallies values ('ghost', 7, 1)`);
  };
  const CORRUPTED = { a: 1000, c: 3, ghost: 7 };
  const RIGHT = { a: 1, b: 2, c: 3 };
  const startWithRows = async (options?: TallyHostOptions) => {
    const host = await start(options);
    for (const [name, count] of Object.entries(RIGHT)) await host.tick(name, count);
    await host.folded(await host.store.head());
    return host;
  };

  it('of rows that are right gives the same rows, and says that they are equal', async () => {
    const host = await startWithRows();
    await host.operations.rebuild('tally');
    const report = await rebuilt(host);
    expect(report).toMatchObject({ livePosition: 6, rebuildPosition: 6 });
    expect(report.tables).toEqual([
      { table: TALLIES, equal: 3, differing: 0, missing: 0, extra: 0, differences: [] },
    ]);
    expect(await countsOf(database)).toEqual(RIGHT);
    await host.folded(await host.tick('a'));
    expect(await countsOf(database)).toEqual({ ...RIGHT, a: 2 });
  });

  it('tells which rows differ, by key, and mends them', async () => {
    const host = await startWithRows();
    await corrupt();
    await host.operations.rebuild('tally');
    expect((await held(host)).tables[0]).toMatchObject({ missing: 1 });
    expect((await host.operations.get('tally')).rebuild!.reason).toMatch(
      /^Held by itself, since it would delete 1 row of the living tables: release or cancel it$/,
    );
    expect(await countsOf(database)).toEqual(CORRUPTED);
    await host.operations.release('tally');
    const [table] = (await rebuilt(host)).tables;
    expect(table).toMatchObject({ equal: 1, differing: 1, missing: 1, extra: 1 });
    expect(table!.differences.map(({ living, rebuilt: renewed }) => [living, renewed])).toEqual([
      [expect.objectContaining({ name: 'a', count: 1000 }), expect.objectContaining({ name: 'a', count: 1 })],
      [null, expect.objectContaining({ name: 'b', count: 2 })],
      [expect.objectContaining({ name: 'ghost' }), null],
    ]);
    expect(await countsOf(database)).toEqual(RIGHT);
  });

  it('that is to be held shows what would change, and changes it when it is released', async () => {
    const host = await startWithRows();
    await corrupt();
    await host.operations.rebuild('tally', { hold: true });
    expect((await held(host)).tables[0]).toMatchObject({ differing: 1, missing: 1, extra: 1 });
    await host.folded(await host.tick('c'));
    expect(await countsOf(database)).toEqual({ ...CORRUPTED, c: 4 });
    await host.operations.release('tally');
    await rebuilt(host);
    expect(await countsOf(database)).toEqual({ ...RIGHT, c: 4 });
    await expect(host.operations.release('tally')).rejects.toThrow(ProjectionStateError);
  });

  it('that is cancelled leaves no table, no checkpoint and the rows as they were', async () => {
    const host = await startWithRows();
    await corrupt();
    await host.operations.rebuild('tally', { hold: true });
    await expect(host.operations.rebuild('tally')).rejects.toThrow(/being rebuilt already/);
    await held(host);
    await host.operations.cancelRebuild('tally');
    expect(await database.query(`select from pg_class where relname like 'rebuild_of_%'`)).toEqual([]);
    const left = await database.query(
      `select from eventfold.projection_checkpoints where build = 'rebuild'
       union all select from eventfold.projection_rebuilds`,
    );
    expect(left).toEqual([]);
    expect(await countsOf(database)).toEqual(CORRUPTED);
    await host.folded(await host.tick('c'));
    await expect(host.operations.cancelRebuild('tally')).rejects.toThrow(/not being rebuilt/);
  });

  it('begins again where the living table has got another column meanwhile', async () => {
    const host = await startWithRows();
    await host.operations.rebuild('tally', { hold: true });
    await held(host);
    await database.query(`alter table eventfold.tallies add column colour text default 'blue'`);
    await eventually(async () =>
      expect(await database.query(`select colour from eventfold.rebuild_of_tallies`)).toHaveLength(3),
    );
    await held(host);
    await host.operations.release('tally');
    await rebuilt(host);
    expect(await database.query('select distinct colour from eventfold.tallies')).toEqual([
      { colour: 'blue' },
    ]);
  });

  it('that takes long shows how far it is, turn by turn, and is cancelled after one', async () => {
    const writer = await start({ projections: false });
    await writer.tick('a', 100);
    const second = gate();
    const host = await start({
      turns: { size: 10, rebuildTurnMs: 0 },
      onEvent: ({ position }, turn) =>
        position > 40 && turn.tableOf(Tally).includes('rebuild_of_') ? second.wait() : undefined,
    });
    await host.folded(100);
    await host.operations.rebuild('tally');
    await second.reached;
    const { rebuild } = await host.operations.get('tally');
    const cancelled = host.operations.cancelRebuild('tally');
    second.open();
    await cancelled;
    expect(rebuild).toMatchObject({ position: 40, target: 100 });
    expect((await host.operations.get('tally')).rebuild).toBeNull();
  });

  it('whose process stops in the middle is taken up by another where it stood', async () => {
    const writer = await start({ projections: false });
    await writer.tick('a', 100);
    const seen = { first: [] as number[], second: [] as number[] };
    const rebuildTurns = (by: keyof typeof seen, onEach: (position: number) => unknown) => ({
      turns: { size: 10, rebuildSize: 10 }, // the exchange folds the rest at once
      onEvent: (async ({ position }, turn) => {
        if (!turn.tableOf(Tally).includes('rebuild_of_')) return;
        seen[by].push(position);
        await onEach(position);
      }) satisfies TallyHostOptions['onEvent'],
    });
    const half = gate();
    const first = await start(
      rebuildTurns('first', (position) => (position === 55 ? half.wait() : undefined)),
    );
    await first.folded(100);
    await first.operations.rebuild('tally');
    await half.reached;
    const stopped = first.stop();
    half.open();
    await stopped;
    const stoodAt = seen.first.at(-1)!;
    expect(stoodAt).toBeLessThan(100);
    const second = await start(rebuildTurns('second', () => undefined));
    await rebuilt(second);
    expect([...seen.first, ...seen.second]).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(await countsOf(database)).toEqual({ a: 100 });
  });

  it('whose process is killed with SIGKILL in the middle is taken up by another', async () => {
    const asking = await startOn(database.url, { PROJECTIONS: 'off' });
    const operations = asking.app.get(ProjectionOperations);
    const api = new Api(asking.url);
    for (let number = 0; number < 20; number++) {
      await api.post('/users', { email: `${number}@example.org`, name: 'Ada' });
    }
    await operations.rebuild('user-profile');
    const { foldings } = asking.app.get(Projections);
    await asking.app
      .get(Rebuilds, { strict: false })
      .claim(foldings.find(({ name }) => name === 'user-profile')!);
    const holder = await connected(database.url);
    await holder.query('begin');
    await holder.query('lock table eventfold.rebuild_of_user_profiles in share mode');
    const victim = await startServiceProcess({ DATABASE_URL: database.url });
    await eventually(async () => {
      const waiting = await database.query(
        `select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock' and query like '%rebuild_of_user_profiles%'`,
      );
      expect(waiting).not.toEqual([]);
    });
    await victim.end('SIGKILL');
    await holder.query('rollback');
    await holder.end();
    const next = await startServiceProcess({ DATABASE_URL: database.url });
    try {
      await eventually(async () =>
        expect((await operations.get('user-profile')).lastRebuild?.tables).toMatchObject([
          { equal: 20, differing: 0, missing: 0, extra: 0 },
        ]),
      );
    } finally {
      await next.end('SIGTERM');
      await asking.stop();
    }
  });

  it('shows queries all of the old rows or all of the new, and never fails one', async () => {
    const host = await start();
    for (let name = 0; name < 300; name++) await host.tick(`t${name}`);
    await host.folded(300);
    await database.query('update eventfold.tallies set count = -1');
    const readers = await Promise.all(Array.from({ length: 3 }, () => connected(database.url)));
    const seen = new Set<string>();
    const state = { reading: true };
    const read = async (reader: Client) => {
      while (state.reading) {
        const { rows } = await reader.query<{ old: number; all: number }>(
          `select (count(*) filter (where count = -1))::integer as old, count(*)::integer as all
             from eventfold.tallies`,
        );
        seen.add(`${rows[0]!.old} of ${rows[0]!.all}`);
      }
    };
    const reads = readers.map(read);
    await host.operations.rebuild('tally');
    await rebuilt(host);
    await eventually(() => expect(seen.size).toBeGreaterThan(1));
    state.reading = false;
    await Promise.all(reads);
    await Promise.all(readers.map((reader) => reader.end()));
    expect([...seen]).toEqual(['300 of 300', '0 of 300']);
  });

  it('leaves indexes, constraints, storage and grants as they were', async () => {
    await database.query('create index tallies_by_count on eventfold.tallies (count desc) where count > 0');
    await database.query(
      `alter table eventfold.tallies
         alter column count set not null, alter column count set default 0, set (fillfactor = 70),
         add constraint tallies_once unique (last_position), add constraint tallies_count_up check (count >= 0)`,
    );
    await database.query('grant select on eventfold.tallies to public');
    await database.query('grant select, update on eventfold.tallies to pg_monitor with grant option');
    const before = await descriptionOf('tallies');
    const host = await startWithRows();
    await host.operations.rebuild('tally');
    await rebuilt(host);
    expect(await descriptionOf('tallies')).toEqual(before);
  });

  it("leaves the service's own tables as they were", async () => {
    const tables = ['user_profiles', 'content_popularity', 'content_viewers'];
    const describeAll = () => Promise.all(tables.map(descriptionOf));
    const before = await describeAll();
    const service = await startOn(database.url);
    const operations = service.app.get(ProjectionOperations);
    for (const name of ['user-profile', 'content-popularity']) {
      await eventually(() => operations.rebuild(name)); // once it exists
      await eventually(async () =>
        expect(await operations.get(name)).toMatchObject({ rebuild: null, lastRebuild: {} }),
      );
    }
    expect(await describeAll()).toEqual(before);
    await service.stop();
  });

  it('is begun by a changed revision at the start, while the old rows serve', async () => {
    const old = await startWithRows();
    await old.stop();
    await database.query(`update eventfold.tallies set count = 1000 where name = 'a'`);
    await database.query(`delete from eventfold.tallies where name = 'b'`);
    const half = gate();
    const renewed = await start({
      revision: 2,
      onEvent: ({ position }) => (position === 6 ? half.wait() : undefined),
    });
    await half.reached;
    expect(await countsOf(database)).toEqual({ a: 1000, c: 3 });
    half.open();
    expect((await rebuilt(renewed)).tables[0]).toMatchObject({ differing: 1, missing: 0, extra: 1 });
    expect(await countsOf(database)).toEqual(RIGHT);
    expect(await renewed.operations.get('tally')).toMatchObject({ revision: '2' });
  });

  it('that has to set a key aside which the living rows have is held by itself, and brings it along', async () => {
    let isPoisonous = false;
    const host = await startWithRows({
      turns: { retryDelayMs: 1 },
      onEvent: ({ data }) => {
        if (isPoisonous && data.tally === 'b') throw new Error('poison');
      },
    });
    isPoisonous = true;
    await host.operations.rebuild('tally');
    await held(host);
    expect((await host.operations.get('tally')).rebuild!.reason).toMatch(
      /^Held by itself, since it cannot fold 1 key that the living rows have, "b" among them, and it would delete 1 row/,
    );
    expect(await host.operations.parked('tally')).toEqual([]);
    expect(await host.operations.parked('tally', { build: 'rebuild' })).toMatchObject([
      { key: 'b', waiting: 2 },
    ]);
    expect(await countsOf(database)).toEqual(RIGHT);
    await host.operations.release('tally');
    await rebuilt(host);
    expect(await countsOf(database)).toEqual({ a: 1, c: 3 });
    expect(await host.operations.parked('tally')).toMatchObject([{ key: 'b', waiting: 2 }]);
    isPoisonous = false;
    expect(await host.operations.retry('tally', 'b')).toEqual({ key: 'b', folded: 2 });
    expect(await countsOf(database)).toEqual(RIGHT);
  });

  it('calls no reaction', async () => {
    const mails: number[] = [];
    const host = await startWithRows({
      onReaction: ({ position }) => void mails.push(position),
      reaction: { startsAt: 'beginning' },
    });
    await host.reacted(6);
    await host.operations.rebuild('tally');
    await rebuilt(host);
    await host.reacted(await host.tick('a'));
    expect(mails).toEqual([1, 2, 3, 4, 5, 6, 7]);
    await expect(host.operations.rebuild('tally-mail')).rejects.toThrow(/cannot be repeated/);
  });

  const descriptionOf = (table: string) =>
    database.query(
      `select c.relname, c.reloptions, array(select acl::text from unnest(c.relacl) acl order by 1) as grants,
              array(select pg_get_indexdef(indexrelid) from pg_index where indrelid = c.oid order by 1) as indexes,
              array(select conname || ': ' || pg_get_constraintdef(oid) from pg_constraint where conrelid = c.oid order by 1)
                as constraints,
              array(select concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, attstorage,
                                     pg_get_expr(d.adbin, d.adrelid))
                      from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
                     where a.attrelid = c.oid and a.attnum > 0 order by a.attnum) as columns
         from pg_class c where c.oid = ('eventfold.' || $1)::regclass`,
      [table],
    );
});

async function connected(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  await client.connect();
  return client;
}
