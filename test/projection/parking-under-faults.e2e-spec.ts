/**
 * The handling of a failure must not fail itself. No event that waits behind a parked key may be lost or folded twice.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { ProjectionProgress, type Recorded, type RetryOutcome } from '../../src/event-sourcing/index.js';
import { ResolvedOptions } from '../../src/event-sourcing/options.js';
import { Database } from '../../src/event-sourcing/postgres/database.js';
import { lockCheckpoint } from '../../src/event-sourcing/projection/turn/checkpoint.sql.js';
import { eventually } from '../support/eventually.js';
import {
  countsOf,
  createTallies,
  type TallyHostOptions,
  type TallyHost,
  startTallyHost,
  type Ticked,
} from '../support/hosts/tally-host.js';
import { scaled } from '../support/scale.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** A text that PostgreSQL cannot compress. */
const NOISE = randomBytes(3_000).toString('hex');

const QUICK = { retryDelayMs: 1, pollIntervalMs: 50, pauseMs: 1 };

describe('a key that is set aside', () => {
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

  const start = async (options: TallyHostOptions = {}) => {
    const host = await startTallyHost(database, { ...options, turns: { ...QUICK, ...options.turns } });
    hosts.push(host);
    return host;
  };
  /** A session of another program with an open transaction. */
  const sitting = async (statement: string) => {
    const session = new Client({ connectionString: database.url });
    await session.connect();
    sessions.push(session);
    await session.query('begin');
    await session.query(statement);
    return session;
  };
  const HOLD = `select from eventfold.projection_checkpoints where build = 'live' for update`;

  describe('after a failure of what is to name it', () => {
    const failing = (name: (tally: string) => string) => ({
      nameOf: ({ data }: Recorded<Ticked>) => (data.tally === 'bad' ? name(data.tally) : data.tally),
    });

    it.each([
      ['throws', failing(() => JSON.parse('{')), /^tally-bad$/, /JSON/],
      [
        'throws no error',
        failing(() => {
          throw undefined;
        }),
        /^tally-bad$/,
        /The handler threw undefined, which is no Error/,
      ],
      [
        'is too long for an index',
        failing((tally) => tally + NOISE),
        /^bad[0-9a-f]{97}\.\.\. sha256:[0-9a-f]{64}$/,
        /index row|too large|exceeds/,
      ],
      [
        'has a zero byte',
        failing((tally) => `${tally}\0`),
        /^bad\u2400\.\.\. sha256:/,
        /zero|0x00|null|u0000|escape/i,
      ],
      [
        'has half a character',
        failing((tally) => `${tally}\ud83d`),
        /^bad\ufffd\.\.\. sha256:/,
        /invalid input syntax/,
      ],
    ])('%s: others go on, and it is listed', async (_what, options, key, error) => {
      const host = await start(options);
      await host.tick('good');
      await host.tick('bad', 2);
      await host.folded(await host.tick('good'));
      expect(await countsOf(database)).toEqual({ good: 2 });
      const parked = await host.operations.parked('tally');
      expect(parked).toEqual([expect.objectContaining({ position: 2, waiting: 2 })]);
      expect(parked[0]!.key).toMatch(key);
      expect(parked[0]!.error).toMatch(error);
      expect(await host.operations.skip('tally', parked[0]!.key)).toMatchObject({
        folded: 0,
        parked: { position: 3 },
      });
    });

    it('keeps an error with what PostgreSQL cannot store', async () => {
      const host = await start({
        onEvent: ({ data }) => {
          if (data.tally === 'bad') throw new Error(`no \0 and no \ud83d${'.'.repeat(100_000)}`);
        },
      });
      await host.folded(await host.tick('bad'));
      const [parked] = await host.operations.parked('tally');
      expect(parked!.error).toMatch(/^no \u2400 and no \ufffd\.+$/);
      expect(parked!.error.length).toBeLessThanOrEqual(2_000);
    });
  });

  it('and what of it a retry could fold are one fact: nothing is folded where it cannot be noted', async () => {
    let isMended = false;
    const host = await start({
      onEvent: ({ data, version }) => {
        if (data.tally === 'bad' && (version === 1 ? !isMended : version === 3)) throw new Error('poison');
      },
    });
    await host.folded(await host.tick('bad', 4));
    isMended = true;
    // A process dies at this point: after it has folded, and before it notes the new place of the key.
    await database.query(`
      create function public.die() returns trigger language plpgsql as $$ begin raise 'died here'; end $$;
      create trigger dying before update on eventfold.parked_keys for each row execute function public.die()`);
    await expect(host.operations.retry('tally', 'bad')).rejects.toThrow('died here');
    expect(await countsOf(database)).toEqual({});
    await database.query('drop function public.die cascade');
    expect(await host.operations.retry('tally', 'bad')).toMatchObject({ folded: 2, parked: { position: 3 } });
    expect(await host.operations.skip('tally', 'bad')).toEqual({ key: 'bad', folded: 1 });
    expect(await database.query('select position from eventfold.skipped_events')).toEqual([
      { position: '3' },
    ]);
    expect(await countsOf(database)).toEqual({ bad: 3 });
  });

  it('is known to whoever waited for the checkpoint as it is then, not as it was', async () => {
    const host = await start({
      projections: false,
    });
    const running = await start({
      onEvent: ({ data }) => {
        if (data.tally === 'bad') throw new Error('poison');
      },
    });
    await running.folded(await host.tick('bad'));
    const folding = running.runner().share;
    await running.stop();
    hosts.pop();
    const other = await sitting(HOLD);
    const [options, own] = [new ResolvedOptions(), host.app.get(Database, { strict: false })];
    const waiting = own.transaction((manager) =>
      lockCheckpoint(manager, options, folding, { waitMs: 5_000 }),
    );
    await eventually(async () =>
      expect(
        await database.query(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        ),
      ).not.toEqual([]),
    );
    await other.query('delete from eventfold.waiting_events');
    await other.query('delete from eventfold.parked_keys');
    await other.query('commit');
    expect(await waiting).toMatchObject({ position: 1, parked: [] });
  });

  it('cannot lose the events that wait behind it', async () => {
    const host = await start({
      onEvent: () => {
        throw new Error('poison');
      },
    });
    await host.folded(await host.tick('bad'));
    await expect(database.query('delete from eventfold.parked_keys')).rejects.toThrow(
      /waiting_events_parked_key_fkey/,
    );
    await expect(
      database.query(`insert into eventfold.waiting_events values ('tally', 'live', 'nobody', 1)`),
    ).rejects.toThrow(/waiting_events_parked_key_fkey/);
  });

  it('is not waited for beyond a bound, and holds up nobody else, where a session sits on the checkpoint', async () => {
    let isPoisonous = true;
    const host = await start({
      onEvent: () => {
        if (isPoisonous) throw new Error('poison');
      },
    });
    for (let key = 0; key < 12; key++) await host.tick(`t${key}`);
    await host.folded(await host.store.head());
    isPoisonous = false;
    const other = await sitting(HOLD);
    const clicks = Array.from({ length: 12 }, (_, key) => host.operations.retry('tally', `t${key}`));
    const outcomes = Promise.allSettled(clicks);
    const started = performance.now();
    await host.tick('elsewhere');
    expect(performance.now() - started).toBeLessThan(1_000);
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'projection.busy', kind: 'unavailable' },
      });
    }
    await other.query('rollback');
    for await (const { parked } of host.operations.retryAll('tally')) expect(parked).toBeUndefined();
    await host.folded(await host.store.head());
    expect(Object.keys(await countsOf(database))).toHaveLength(13);
  });

  it('of which one handler fails for the moment lets all others come back', async () => {
    const failing = new Map(['a', 'b', 'c'].map((key) => [key, new Error('poison')]));
    const host = await start({
      onEvent: ({ data }) => {
        const failure = failing.get(data.tally);
        if (failure !== undefined) throw failure;
      },
    });
    for (const key of failing.keys()) await host.tick(key);
    await host.folded(await host.store.head());
    failing.clear();
    failing.set('b', Object.assign(new Error('no mail server'), { code: 'ECONNREFUSED' }));
    const outcomes: RetryOutcome[] = [];
    for await (const outcome of host.operations.retryAll('tally')) outcomes.push(outcome);
    const stillThere = { position: 2, error: expect.stringContaining('no mail server') };
    expect(outcomes).toEqual([
      { key: 'a', folded: 1 },
      { key: 'b', folded: 0, parked: stillThere },
      { key: 'c', folded: 1 },
    ]);
  });

  it('comes back with every event once, in order, while two instances fold and more comes', async () => {
    let isPoisonous = true;
    const options: TallyHostOptions = {
      onEvent: ({ data }) => {
        if (isPoisonous && data.tally.startsWith('bad')) throw new Error('poison');
      },
    };
    const [host] = [await start(options), await start(options)];
    const names = Array.from({ length: 20 }, (_, number) => `bad${number}`);
    for (const name of names) await host.tick(name, 2);
    await host.folded(await host.store.head());
    for (let round = 0; round < scaled(3, 50); round++) {
      isPoisonous = false;
      const traffic = { isOver: false };
      const writers = names.slice(0, 6).map(async (_, writer) => {
        for (let tick = writer; !traffic.isOver; tick++) await host.tick(names[tick % names.length]!);
      });
      for await (const outcome of host.operations.retryAll('tally')) expect(outcome.parked).toBeUndefined();
      traffic.isOver = true;
      await Promise.all(writers);
      isPoisonous = true;
      await Promise.all(names.map((name) => host.tick(name)));
      await host.folded(await host.store.head());
    }
    isPoisonous = false;
    for await (const outcome of host.operations.retryAll('tally')) expect(outcome.parked).toBeUndefined();
    await host.folded(await host.store.head());
    const stored = await database.query<{ name: string; count: number }>(
      `select substr(stream_id, 7) as name, count(*)::integer as count from eventfold.events group by 1 order by 1`,
    );
    expect(await countsOf(database)).toEqual(
      Object.fromEntries(stored.map(({ name, count }) => [name, count])),
    );
    expect(await database.query('select from eventfold.waiting_events')).toEqual([]);
  });

  it('is told to a query that wants to see what waits behind it', async () => {
    const host = await start({
      onEvent: ({ data }) => {
        if (data.tally === 'bad') throw new Error('poison');
      },
    });
    const [bad, good] = [await host.tick('bad'), await host.tick('good')];
    const progress = host.app.get(ProjectionProgress, { strict: false });
    await progress.waitFor('tally', good, { key: 'good' });
    await expect(progress.waitFor('tally', bad, { key: 'bad' })).rejects.toMatchObject({
      code: 'not-caught-up',
      details: { parkedKey: 'bad' },
      message: expect.stringMatching(/has parked the events of "bad"/),
    });
    await host.operations.skip('tally', 'bad');
    await progress.waitFor('tally', bad, { key: 'bad' });
  });

  it('is none for what a deployment has not brought yet: it is waited for, loudly', async () => {
    const host = await start();
    await host.folded(await host.tick('a'));
    await database.query('alter table eventfold.tallies rename to tallies_for_now');
    const last = await host.tick('a', 3);
    await eventually(() =>
      expect(host.status()).toMatchObject({
        status: 'retrying',
        failure: expect.stringMatching(/does not exist/),
      }),
    );
    await database.query('alter table eventfold.tallies_for_now rename to tallies');
    await host.folded(last);
    await database.query('alter table eventfold.tallies rename column count to counted');
    const next = await host.tick('a');
    await eventually(() =>
      expect(host.status()).toMatchObject({ status: 'retrying', failure: expect.stringMatching(/column/) }),
    );
    await sleep(500); // many attempts: an event that had failed for good would be parked by now
    await database.query('alter table eventfold.tallies rename column counted to count');
    await host.folded(next);
    expect(await host.operations.parked('tally')).toEqual([]);
    expect(await countsOf(database)).toEqual({ a: 5 });
  });

  it.each([
    [
      'without the primary key of its entity',
      'alter table eventfold.tallies drop constraint tallies_pkey',
      'alter table eventfold.tallies add primary key (name)',
      /^The table "eventfold"\."tallies" has no unique key on \("name"\).*: add one/,
    ],
    [
      'with a column that its entity lacks and that must not be null',
      'alter table eventfold.tallies add colour text not null default 0; alter table eventfold.tallies alter colour drop default',
      'alter table eventfold.tallies drop colour',
      /^The column "colour" of the table "eventfold"\."tallies" must not be null.*: give the column a default/,
    ],
  ])(
    'is none for a table %s: it is waited for, and the status says what to do',
    async (_, spoil, mend, reason) => {
      const host = await start();
      await host.folded(await host.tick('a'));
      await database.query(spoil);
      await host.tick('a', 3);
      const last = await host.tick('b');
      const failure = expect.stringMatching(reason);
      await eventually(() => expect(host.status()).toMatchObject({ status: 'retrying', failure }));
      await database.query(mend);
      await host.folded(last);
      expect(await host.operations.parked('tally')).toEqual([]);
      expect(await countsOf(database)).toEqual({ a: 4, b: 1 });
    },
  );

  it('is, within bounds, what a handler waits for: others come after the patience is over', async () => {
    const mails: string[] = [];
    const host = await start({
      turns: { patienceMs: 300 },
      onReaction: async ({ data }) => {
        if (data.tally === 'dead') {
          throw new TypeError('fetch failed', {
            cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
          });
        }
        if (data.tally === 'file')
          throw Object.assign(new Error('ENOENT: template.html'), { code: 'ENOENT', syscall: 'open' });
        mails.push(data.tally);
      },
    });
    await host.tick('dead');
    await host.tick('file');
    const last = await host.tick('fine');
    await eventually(() => expect(mails).toEqual(['fine']));
    await host.reacted(last);
    const parked = await host.operations.parked('tally-mail');
    expect(parked.map(({ key, error }) => [key, error])).toEqual([
      ['tally-dead', 'fetch failed: connect ECONNREFUSED'],
      ['tally-file', 'ENOENT: template.html'],
    ]);
  });
});
