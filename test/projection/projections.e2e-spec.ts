import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';
import { DataSource } from 'typeorm';
import { LogListener } from '../../src/event-sourcing/for-service.js';
import { ProjectionProgress } from '../../src/event-sourcing/index.js';
import { reportLoss } from '../../src/event-sourcing/postgres/pool.js';
import type { Share } from '../../src/event-sourcing/projection/declare/share.js';
import { eventually } from '../support/eventually.js';
import {
  createTallies,
  type TallyHostOptions,
  type TallyHost,
  startTallyHost,
} from '../support/hosts/tally-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** The statements of a turn with events to fold. An empty turn after it sends none of them. */
const FOLDING = /event_data|tallies|projection_checkpoints\n? *set/;

describe('a projection', () => {
  let database: TestDatabase;
  let hosts: TallyHost[];

  beforeEach(async () => {
    database = await createTestDatabase();
    await createTallies(database);
    hosts = [];
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    for (const host of hosts) await host.stop();
    await database.drop();
  });

  const start = async (options?: TallyHostOptions) => {
    const host = await startTallyHost(database, options);
    hosts.push(host);
    return host;
  };
  const countOf = async (name: string) =>
    (
      await database.query<{ count: number }>('select count from eventfold.tallies where name = $1', [name])
    )[0]?.count;
  const checkpoint = async () =>
    Number(
      (await database.query<{ position: string }>('select position from eventfold.projection_checkpoints'))[0]
        ?.position,
    );
  const terminate = (application: string) =>
    database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = $1 and pid <> pg_backend_pid()`,
      [application],
    );

  it('folds what is there when it starts, and what comes later', async () => {
    const writer = await start({ projections: false });
    await writer.tick('early', 3);
    const host = await start();
    await host.folded(await host.tick('late'));
    expect([await countOf('early'), await countOf('late')]).toEqual([3, 1]);
  });

  it('folds each event once and in order, with three instances at it', async () => {
    const instances = [await start(), await start(), await start()];
    const rounds = Array.from({ length: 60 }, (_, round) => instances[round % 3]!.tick(`t${round % 5}`, 7));
    const last = Math.max(...(await Promise.all(rounds)));
    await Promise.all(instances.map((host) => host.folded(last)));
    for (let tally = 0; tally < 5; tally++) expect(await countOf(`t${tally}`)).toBe(12 * 7);
  });

  it('moves its checkpoint over events that it does not handle', async () => {
    const host = await start();
    const { position } = await host.store.appendToStream('other-1', 'any', [
      { type: 'tally.unheard-of', data: {} },
    ]);
    await host.folded(position);
    expect(await checkpoint()).toBe(position);
  });

  it('takes a constant number of statements a turn, however many events there are', async () => {
    const writer = await start({ projections: false });
    const statementsFor = async (events: number, from: string) => {
      for (let tally = 0; tally < events; tally++) await writer.tick(`${from}${tally}`);
      const query = jest.spyOn(PostgresQueryRunner.prototype, 'query');
      const host = await start({ turns: { pollIntervalMs: 60_000 } });
      await host.folded(await writer.store.head());
      await host.stop();
      const turn = query.mock.calls.filter(([sql]) => FOLDING.test(sql)).length;
      query.mockRestore();
      return turn;
    };
    const ofFew = await statementsFor(3, 'few');
    expect(ofFew).toBeGreaterThan(0);
    expect(await statementsFor(150, 'many')).toBe(ofFew);
  });

  it('that fails tries again, loses nothing and repeats nothing', async () => {
    let failures = 2;
    const host = await start({
      turns: { retryDelayMs: 5 },
      onEvent: ({ position }) => {
        if (position === 6 && failures-- > 0) throw new Error('not today');
      },
    });
    const last = await host.tick('a', 10);
    await host.folded(last);
    expect(failures).toBe(-1);
    expect(await countOf('a')).toBe(10);
  });

  it('leaves an event of a schema that is newer than this build to a newer one, and says where it stands', async () => {
    const host = await start({ turns: { retryDelayMs: 1 } });
    await host.folded(await host.tick('a'));
    await host.store.appendToStream('tally-x', 'any', [
      { type: 'tally.ticked', data: { tally: 'x' }, schemaVersion: 7 },
    ]);
    await eventually(() => expect(host.runner().status).toBe('standing-by'));
    expect(host.runner().failure?.message).toMatch(
      /schema version 7 \(stream tally-x, version 1, position 2\)/,
    );
    expect(await checkpoint()).toBe(1);
    expect(await host.operations.parked('tally')).toEqual([]);
  });

  it('outlives the loss of its database connections, again and again', async () => {
    const host = await start({ turns: { retryDelayMs: 5, attempts: 1, pollIntervalMs: 50 } });
    for (let round = 0; round < 5; round++) {
      await host.tick('a', 20).catch(() => undefined); // the append may lose its connection as well
      await terminate('eventfold');
    }
    const [log] = await database.query<{ events: number }>(
      'select count(*)::integer as events from eventfold.events',
    );
    await eventually(async () => expect(await countOf('a')).toBe(log!.events));
    expect(host.runner().status).not.toBe('stopped');
    expect(await host.operations.parked('tally')).toEqual([]);
  });

  it('goes on by polling when notifications do not arrive, and listens again later', async () => {
    const host = await start({ turns: { pollIntervalMs: 50 } });
    const writer = await start({ projections: false });
    const listener = host.app.get(LogListener);
    await eventually(() => expect(listener.connected).toBe(true));
    await terminate('eventfold listener');
    await eventually(() => expect(listener.connected).toBe(false));
    await host.folded(await writer.tick('a', 5));
    await eventually(() => expect(listener.connected).toBe(true));
    expect(await countOf('a')).toBe(5);
  });

  it('hears of events of another process by notification, long before it would poll', async () => {
    const host = await start({ turns: { pollIntervalMs: 60_000 } });
    const writer = await start({ projections: false });
    await eventually(() => expect(host.app.get(LogListener).connected).toBe(true));
    await host.folded(await writer.tick('a'));
    expect(await countOf('a')).toBe(1);
  });

  it('finishes its turn when the application stops in the middle of a backlog', async () => {
    const writer = await start({ projections: false });
    await writer.tick('a', 5_000);
    const host = await start({ turns: { size: 5 } });
    await eventually(() => expect(host.runner()?.position).toBeGreaterThan(0));
    const runner = host.runner();
    await host.stop();
    expect(runner.failure).toBeUndefined();
    expect(await countOf('a')).toBe(await checkpoint());
  });

  it('of a new revision folds its rows again from the first event', async () => {
    const old = await start();
    await old.folded(await old.tick('a', 3));
    await database.query(`update eventfold.tallies set count = 1000`);
    const renewed = await start({ revision: 2 });
    await eventually(async () => expect(await countOf('a')).toBe(3));

    // The instance with the old fold stands aside.
    await renewed.folded(await old.tick('a'));
    expect(await countOf('a')).toBe(4);
    await eventually(() => expect(old.status().status).toBe('standing-by'));
  });

  it("commits a handler's own SQL with the checkpoint, or not at all", async () => {
    await database.query('create table seen (position integer)');
    let fail = true;
    const host = await start({
      turns: { retryDelayMs: 5 },
      onEvent: async ({ position }, turn) => {
        await turn.manager.query('insert into seen values ($1)', [position]);
        if (position === 2 && fail) throw new Error(`once ${(fail = false)}`);
      },
    });
    await host.folded(await host.tick('a', 3));
    expect(await database.query('select position from seen order by 1')).toEqual(
      [1, 2, 3].map((position) => ({ position })),
    );
  });

  it('has on record that a handler has its own SQL, when the first such turn was not committed, too', async () => {
    await database.query('create table refusals (reason text)');
    await database.query(`insert into refusals values ('at the commit')`);
    await database.query(
      `create function refuse() returns trigger language plpgsql as $$
       begin
         if exists (select from refusals) then
           raise exception 'not now' using errcode = 'serialization_failure';
         end if;
         return null;
       end $$`,
    );
    await database.query(
      `create constraint trigger refuse after insert or update on eventfold.tallies
       deferrable initially deferred for each row execute function refuse()`,
    );
    const host = await start({
      turns: { retryDelayMs: 5 },
      onEvent: async (_event, turn) => void (await turn.manager.query('select 1')),
    });
    const position = await host.tick('a');
    await eventually(() => expect(host.runner().failure?.message).toBe('not now'));
    await database.query('delete from refusals');
    await host.folded(position);
    expect(await database.query('select has_own_sql from eventfold.projections')).toEqual([
      { has_own_sql: true },
    ]);
  });

  it('forgets the position of a turn that began before a connection was lost: a failover may have undone it', async () => {
    const { app } = await start({ projections: false });
    const progress = app.get(ProjectionProgress);
    const share = { folding: { name: 'tally' }, partitions: 1 } as Share;
    const read = () => progress.waitFor('tally', 5, { withinMs: 1 });
    const committed = progress.follow(share);
    reportLoss(app.get(DataSource));
    committed(5, []);
    await expect(read()).rejects.toMatchObject({ code: 'not-caught-up' });
    progress.follow(share)(5, []);
    await read();
  });

  it('is not held up by a transaction that somebody else keeps open', async () => {
    const host = await start();
    await database.query('begin isolation level repeatable read');
    await database.query('create table held_open (id integer)');
    await database.query('select count(*) from eventfold.events');
    await host.folded(await host.tick('a', 2));
    await database.query('rollback');
    expect(await countOf('a')).toBe(2);
  });
});
