/** The parts that the end of a rebuild must not touch: readers, objects on the table, and later acts of operators. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { eventually } from '../support/eventually.js';
import { PATIENCE_MS } from '../support/patience.js';
import {
  countsOf,
  createTallies,
  type TallyHostOptions,
  type TallyHost,
  startTallyHost,
  Tally,
} from '../support/hosts/tally-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe("a rebuild's end", () => {
  let database: TestDatabase;
  let hosts: TallyHost[];
  let sessions: Client[];

  beforeEach(async () => {
    database = await createTestDatabase();
    await createTallies(database);
    [hosts, sessions] = [[], []];
  });
  afterEach(async () => {
    for (const session of sessions) await session.end();
    for (const host of hosts) await host.stop();
    await database.drop();
  });

  const start = async (options?: TallyHostOptions) => {
    const host = await startTallyHost(database, options);
    hosts.push(host);
    return host;
  };
  const startWithRows = async (options?: TallyHostOptions) => {
    const host = await start(options);
    await host.tick('a');
    await host.tick('b', 2);
    await host.folded(await host.tick('c', 3));
    return host;
  };
  const session = async () => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    sessions.push(client);
    return client;
  };
  const rebuildOf = async ({ operations }: TallyHost) => (await operations.get('tally')).rebuild;
  /** An exchange that a busy machine made too long is tried again after most of a minute. */
  const over = (host: TallyHost) =>
    eventually(async () => expect(await rebuildOf(host)).toBeNull(), PATIENCE_MS);
  const held = (host: TallyHost) =>
    eventually(async () => expect(await rebuildOf(host)).toMatchObject({ state: 'held' }));
  const spoil = () => database.query(`update eventfold.tallies set count = 1000 where name = 'a'`);

  it('waits for no reader, and keeps none waiting: one holds its snapshot from before to after', async () => {
    const host = await startWithRows();
    await spoil();
    const dump = await session();
    await dump.query('begin isolation level repeatable read');
    await dump.query('select from eventfold.tallies');
    await host.operations.rebuild('tally');
    await over(host);
    expect(await countsOf(database)).toMatchObject({ a: 1 });
    expect((await dump.query(`select count from eventfold.tallies where name = 'a'`)).rows).toEqual([
      { count: 1000 },
    ]);
  });

  it('leaves all that hangs on the table as it is', async () => {
    await database.query(`
      create view public.report as select * from eventfold.tallies;
      create table public.notes (tally text references eventfold.tallies (name), note text);
      create table public.log_of_changes (name text);
      create function public.note_change() returns trigger language plpgsql as
        $$ begin insert into public.log_of_changes values (new.name); return new; end $$;
      create trigger noting after update on eventfold.tallies for each row execute function public.note_change();
      alter table eventfold.tallies enable row level security, replica identity full,
        add column private text default 'kept', add exclude using btree (name with =);
      create policy only_a on eventfold.tallies for select using (name = 'a');
      comment on table eventfold.tallies is 'mine';
      comment on column eventfold.tallies.count is 'also mine';
      grant select (name) on eventfold.tallies to pg_monitor;
      create publication changes for table eventfold.tallies`);
    const host = await startWithRows();
    await database.query(`insert into public.notes values ('b', 'important')`);
    await database.query(`update eventfold.tallies set private = 'mine' where name = 'a'`);
    await spoil();
    await database.query('delete from public.log_of_changes');
    const before = await surroundings();
    await host.operations.rebuild('tally');
    await over(host);
    expect(await surroundings()).toEqual(before);
    expect(await countsOf(database)).toEqual({ a: 1, b: 2, c: 3 });
    expect(await database.query(`select private from eventfold.tallies where name = 'a'`)).toEqual([
      { private: 'mine' },
    ]);
    expect(await database.query('select name from public.log_of_changes')).toEqual([{ name: 'a' }]);
    await database.query('drop publication changes; drop table public.notes, public.log_of_changes cascade');
  });

  const surroundings = () =>
    database.query(
      `select c.oid, c.relrowsecurity, c.relreplident, obj_description(c.oid), col_description(c.oid, 2),
              array(select tgname || tgenabled::text from pg_trigger where tgrelid = c.oid order by 1) as triggers,
              array(select polname::text from pg_policy where polrelid = c.oid) as policies,
              array(select attacl::text from pg_attribute where attrelid = c.oid and attacl is not null) as grants,
              array(select conname || pg_get_constraintdef(oid) from pg_constraint
                     where conrelid = c.oid or confrelid = c.oid order by 1) as constraints,
              (select definition from pg_views where viewname = 'report') as report,
              array(select pubname::text from pg_publication_tables where tablename = 'tallies') as publications
         from pg_class c where c.oid = 'eventfold.tallies'::regclass`,
    );

  it('exchanges the values of a unique column between two rows', async () => {
    await database.query('alter table eventfold.tallies add unique (last_position)');
    const host = await startWithRows();
    await database.query('update eventfold.tallies set last_position = -last_position');
    await database.query(
      `update eventfold.tallies set last_position = case name when 'a' then 3 when 'b' then 1 else 6 end`,
    );
    await host.operations.rebuild('tally');
    await over(host);
    const rows = await database.query('select name, last_position from eventfold.tallies order by name');
    expect(rows.map(Object.values)).toEqual([
      ['a', 1],
      ['b', 3],
      ['c', 6],
    ]);
  });

  it('takes in what is folded while both tables are compared', async () => {
    const host = await startWithRows({ turns: { rebuildRest: 0 } });
    await host.tick('d');
    const traffic = { isOver: false, ticks: 4 };
    const going = (async () => {
      for (; !traffic.isOver; traffic.ticks++, await sleep(2)) await host.tick(`t${traffic.ticks % 7}`);
    })();
    try {
      for (let round = 0; round < 5; round++) {
        await spoil();
        await host.operations.rebuild('tally');
        await over(host);
      }
    } finally {
      traffic.isOver = true;
      await going;
    }
    await host.folded(await host.store.head());
    const counts = await countsOf(database);
    expect(counts).toMatchObject({ a: 1, b: 2, c: 3, d: 1 });
    expect(Object.values(counts).reduce((sum, each) => sum + each, 0)).toBe(await host.store.head());
  });

  it('gives up soon where somebody sits on the living checkpoint, says so, and comes when they are gone', async () => {
    const host = await startWithRows();
    await spoil();
    await host.operations.rebuild('tally', { hold: true });
    await held(host);
    const sitting = await session();
    await sitting.query('begin');
    await sitting.query(`select from eventfold.projection_checkpoints where build = 'live' for update`);
    await host.operations.release('tally');
    await eventually(async () =>
      expect((await rebuildOf(host))!.reason).toMatch(
        /^The exchange failed, and is tried again in \d+ s: .*lock timeout/,
      ),
    );
    await sitting.query('rollback');
    await over(host);
    expect(await countsOf(database)).toMatchObject({ a: 1 });
  });

  it('waits while the projection is paused, whose rows do not change, by a retry neither', async () => {
    let isPoisonous = true;
    const host = await startWithRows({
      turns: { retryDelayMs: 1 },
      onEvent: ({ data }) => {
        if (isPoisonous && data.tally === 'b') throw new Error('poison');
      },
    });
    isPoisonous = false;
    await spoil();
    await host.operations.pause('tally');
    await host.operations.rebuild('tally');
    await eventually(async () =>
      expect((await rebuildOf(host))!.reason).toMatch(/^tally is paused: its rows stay/),
    );
    await expect(host.operations.retry('tally', 'b')).rejects.toMatchObject({ code: 'projection.paused' });
    await expect(host.operations.skip('tally', 'b')).rejects.toMatchObject({ code: 'projection.paused' });
    expect(await countsOf(database)).toEqual({ a: 1000, c: 3 });
    await host.operations.resume('tally');
    await over(host);
    expect(await countsOf(database)).toEqual({ a: 1, b: 2, c: 3 });
    expect(await host.operations.parked('tally')).toEqual([]);
  });

  describe('with a key that both builds have set aside', () => {
    let isPoisonous: boolean;
    const startHeld = async () => {
      isPoisonous = true;
      const host = await startWithRows({
        turns: { retryDelayMs: 1 },
        onEvent: ({ data, version }) => {
          if (isPoisonous && data.tally === 'b' && version === 1) throw new Error('poison');
        },
      });
      await host.operations.rebuild('tally', { hold: true });
      await held(host);
      return host;
    };

    it('holds by a skip of the living rows', async () => {
      const host = await startHeld();
      expect(await host.operations.skip('tally', 'b')).toEqual({ key: 'b', folded: 1 });
      await host.operations.release('tally');
      await over(host);
      expect(await host.operations.parked('tally')).toEqual([]);
      expect(await countsOf(database)).toEqual({ a: 1, b: 1, c: 3 });
      await host.folded(await host.tick('b'));
      expect(await countsOf(database)).toEqual({ a: 1, b: 2, c: 3 });
    });

    it('holds by a retry of the living rows', async () => {
      const host = await startHeld();
      isPoisonous = false;
      await host.operations.retry('tally', 'b');
      await host.operations.release('tally');
      await over(host);
      expect(await host.operations.parked('tally')).toEqual([]);
      expect(await countsOf(database)).toEqual({ a: 1, b: 2, c: 3 });
    });

    it('brings it along while nobody has mended it, and a second skip of the same event is none the worse', async () => {
      const host = await startHeld();
      await host.operations.release('tally');
      await over(host);
      expect(await host.operations.parked('tally')).toMatchObject([{ key: 'b', position: 2, waiting: 2 }]);
      await host.operations.skip('tally', 'b');
      await database.query(
        `insert into eventfold.parked_keys (projection, build, partition, key, position, event_id, event_type, error, attempts)
         select 'tally', 'live', 0, 'b', 2, event_id, event_type, 'again', 1 from eventfold.events where global_position = 2`,
      );
      expect(await host.operations.skip('tally', 'b')).toEqual({ key: 'b', folded: 0 });
      expect(await host.operations.parked('tally')).toEqual([]);
    });
  });

  it('compares both tables as a whole where a handler writes with SQL of its own', async () => {
    const host = await startWithRows({
      onEvent: async ({ data }, turn) => {
        await turn.manager.query(
          `insert into ${turn.tableOf(Tally)} values ($1, 1, 0)
           on conflict (name) do update set count = ${turn.tableOf(Tally)}.count + 1`,
          [`by hand ${data.tally}`],
        );
      },
    });
    await database.query(`update eventfold.tallies set count = 9 where name = 'by hand a'`);
    await host.operations.rebuild('tally');
    const traffic = Array.from({ length: 20 }, () => host.tick('a'));
    await Promise.all(traffic);
    await over(host);
    await host.folded(await host.store.head());
    expect(await countsOf(database)).toMatchObject({ a: 21, 'by hand a': 21, 'by hand b': 2 });
  });

  it('leaves nothing behind, where a dump read its tables then, too', async () => {
    const host = await startWithRows();
    await host.operations.rebuild('tally', { hold: true });
    await held(host);
    const dump = await session();
    await dump.query('begin');
    await dump.query('select from eventfold.rebuild_of_tallies');
    await host.operations.release('tally');
    await over(host);
    await dump.query('rollback');
    await eventually(
      async () =>
        expect(await database.query(`select from pg_class where relname like 'rebuild_of_%'`)).toEqual([]),
      20_000,
    );
  });

  it('forgets a projection that no code has any more, and none that a process has', async () => {
    const host = await startWithRows();
    await expect(host.operations.drop('tally')).rejects.toMatchObject({ code: 'projection.in-use' });
    await database.query(`insert into eventfold.projections (name, revision) values ('gone', '1')`);
    await database.query(
      `insert into eventfold.projection_checkpoints (projection, build, partition) values ('gone', 'live', 0)`,
    );
    await host.operations.drop('gone');
    expect((await host.operations.list()).map(({ name }) => name)).toEqual(['tally']);
    await expect(host.operations.drop('gone')).rejects.toMatchObject({ code: 'projection.not-found' });
  });
});
