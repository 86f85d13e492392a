/**
 * The handling of a failure must not fail itself. No event that waits behind a parked key may be lost or folded twice.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { ProjectionProgress, type Recorded, type RetryOutcome } from '../../src/event-sourcing/index.js';
import { ResolvedOptions } from '../../src/event-sourcing/options.js';
import { Database } from '../../src/event-sourcing/postgres/database.js';
import { lockCheckpoint } from '../../src/event-sourcing/projection/turn/checkpoint.sql.js';
import { eventually } from '../support/eventually.js';
import {
  countsOf,
  createTallies,
  type LabOptions,
  type ProjectionLab,
  startProjectionLab,
  type Ticked,
} from '../support/log/projection-lab.js';
import { scaled } from '../support/scale.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** A text that PostgreSQL cannot compress. */
const NOISE = randomBytes(3_000).toString('hex');

const QUICK = { retryDelayMs: 1, pollIntervalMs: 50, pauseMs: 1 };

describe('a key that is set aside', () => {
  let database: TestDatabase;
  let labs: ProjectionLab[];
  let sessions: Client[];

  beforeEach(async () => {
    database = await createTestDatabase();
    await createTallies(database);
    [labs, sessions] = [[], []];
  });
  afterEach(async () => {
    for (const session of sessions) await session.end();
    for (const lab of labs) await lab.stop();
    await database.drop();
  });

  const start = async (options: LabOptions = {}) => {
    const lab = await startProjectionLab(database, { ...options, turns: { ...QUICK, ...options.turns } });
    labs.push(lab);
    return lab;
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
      const lab = await start(options);
      await lab.tick('good');
      await lab.tick('bad', 2);
      await lab.folded(await lab.tick('good'));
      expect(await countsOf(database)).toEqual({ good: 2 });
      const parked = await lab.operations.parked('tally');
      expect(parked).toEqual([expect.objectContaining({ position: 2, waiting: 2 })]);
      expect(parked[0]!.key).toMatch(key);
      expect(parked[0]!.error).toMatch(error);
      expect(await lab.operations.skip('tally', parked[0]!.key)).toMatchObject({
        folded: 0,
        parked: { position: 3 },
      });
    });

    it('keeps an error with what PostgreSQL cannot store', async () => {
      const lab = await start({
        onEvent: ({ data }) => {
          if (data.tally === 'bad') throw new Error(`no \0 and no \ud83d${'.'.repeat(100_000)}`);
        },
      });
      await lab.folded(await lab.tick('bad'));
      const [parked] = await lab.operations.parked('tally');
      expect(parked!.error).toMatch(/^no \u2400 and no \ufffd\.+$/);
      expect(parked!.error.length).toBeLessThanOrEqual(2_000);
    });
  });

  it('and what of it a retry could fold are one fact: nothing is folded where it cannot be noted', async () => {
    let isMended = false;
    const lab = await start({
      onEvent: ({ data, version }) => {
        if (data.tally === 'bad' && (version === 1 ? !isMended : version === 3)) throw new Error('poison');
      },
    });
    await lab.folded(await lab.tick('bad', 4));
    isMended = true;
    // A process dies at this point: after it has folded, and before it notes the new place of the key.
    await database.query(`
      create function public.die() returns trigger language plpgsql as $$ begin raise 'died here'; end $$;
      create trigger dying before update on eventfold.parked_keys for each row execute function public.die()`);
    await expect(lab.operations.retry('tally', 'bad')).rejects.toThrow('died here');
    expect(await countsOf(database)).toEqual({});
    await database.query('drop function public.die cascade');
    expect(await lab.operations.retry('tally', 'bad')).toMatchObject({ folded: 2, parked: { position: 3 } });
    expect(await lab.operations.skip('tally', 'bad')).toEqual({ key: 'bad', folded: 1 });
    expect(await database.query('select position from eventfold.skipped_events')).toEqual([
      { position: '3' },
    ]);
    expect(await countsOf(database)).toEqual({ bad: 3 });
  });

  it('is known to whoever waited for the checkpoint as it is then, not as it was', async () => {
    const lab = await start({
      projections: false,
    });
    const running = await start({
      onEvent: ({ data }) => {
        if (data.tally === 'bad') throw new Error('poison');
      },
    });
    await running.folded(await lab.tick('bad'));
    const folding = running.runner().share;
    await running.stop();
    labs.pop();
    const other = await sitting(HOLD);
    const [options, own] = [new ResolvedOptions(), lab.app.get(Database, { strict: false })];
    const waiting = own.transaction((manager) =>
      lockCheckpoint(manager, options, folding, { waitMs: 5_000 }),
    );
    await eventually(async () =>
      expect(await database.query(`select from pg_stat_activity where wait_event_type = 'Lock'`)).not.toEqual(
        [],
      ),
    );
    await other.query('delete from eventfold.waiting_events');
    await other.query('delete from eventfold.parked_keys');
    await other.query('commit');
    expect(await waiting).toMatchObject({ position: 1, parked: [] });
  });

  it('cannot lose the events that wait behind it', async () => {
    const lab = await start({
      onEvent: () => {
        throw new Error('poison');
      },
    });
    await lab.folded(await lab.tick('bad'));
    await expect(database.query('delete from eventfold.parked_keys')).rejects.toThrow(
      /waiting_events_parked_key_fkey/,
    );
    await expect(
      database.query(`insert into eventfold.waiting_events values ('tally', 'live', 'nobody', 1)`),
    ).rejects.toThrow(/waiting_events_parked_key_fkey/);
  });

  it('is not waited for beyond a bound, and holds up nobody else, where a session sits on the checkpoint', async () => {
    let isPoisonous = true;
    const lab = await start({
      onEvent: () => {
        if (isPoisonous) throw new Error('poison');
      },
    });
    for (let key = 0; key < 12; key++) await lab.tick(`t${key}`);
    await lab.folded(await lab.store.head());
    isPoisonous = false;
    const other = await sitting(HOLD);
    const clicks = Array.from({ length: 12 }, (_, key) => lab.operations.retry('tally', `t${key}`));
    const outcomes = Promise.allSettled(clicks);
    const started = performance.now();
    await lab.tick('elsewhere');
    expect(performance.now() - started).toBeLessThan(1_000);
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'projection.busy', kind: 'unavailable' },
      });
    }
    await other.query('rollback');
    for await (const { parked } of lab.operations.retryAll('tally')) expect(parked).toBeUndefined();
    await lab.folded(await lab.store.head());
    expect(Object.keys(await countsOf(database))).toHaveLength(13);
  });

  it('of which one handler fails for the moment lets all others come back', async () => {
    const failing = new Map(['a', 'b', 'c'].map((key) => [key, new Error('poison')]));
    const lab = await start({
      onEvent: ({ data }) => {
        const failure = failing.get(data.tally);
        if (failure !== undefined) throw failure;
      },
    });
    for (const key of failing.keys()) await lab.tick(key);
    await lab.folded(await lab.store.head());
    failing.clear();
    failing.set('b', Object.assign(new Error('no mail server'), { code: 'ECONNREFUSED' }));
    const outcomes: RetryOutcome[] = [];
    for await (const outcome of lab.operations.retryAll('tally')) outcomes.push(outcome);
    const stillThere = { position: 2, error: expect.stringContaining('no mail server') };
    expect(outcomes).toEqual([
      { key: 'a', folded: 1 },
      { key: 'b', folded: 0, parked: stillThere },
      { key: 'c', folded: 1 },
    ]);
  });

  it('comes back with every event once, in order, while two instances fold and more comes', async () => {
    let isPoisonous = true;
    const options: LabOptions = {
      onEvent: ({ data }) => {
        if (isPoisonous && data.tally.startsWith('bad')) throw new Error('poison');
      },
    };
    const [lab] = [await start(options), await start(options)];
    const names = Array.from({ length: 20 }, (_, number) => `bad${number}`);
    for (const name of names) await lab.tick(name, 2);
    await lab.folded(await lab.store.head());
    for (let round = 0; round < scaled(3, 50); round++) {
      isPoisonous = false;
      const traffic = { isOver: false };
      const writers = names.slice(0, 6).map(async (_, writer) => {
        for (let tick = writer; !traffic.isOver; tick++) await lab.tick(names[tick % names.length]!);
      });
      for await (const outcome of lab.operations.retryAll('tally')) expect(outcome.parked).toBeUndefined();
      traffic.isOver = true;
      await Promise.all(writers);
      isPoisonous = true;
      await Promise.all(names.map((name) => lab.tick(name)));
      await lab.folded(await lab.store.head());
    }
    isPoisonous = false;
    for await (const outcome of lab.operations.retryAll('tally')) expect(outcome.parked).toBeUndefined();
    await lab.folded(await lab.store.head());
    const stored = await database.query<{ name: string; count: number }>(
      `select substr(stream_id, 7) as name, count(*)::integer as count from eventfold.events group by 1 order by 1`,
    );
    expect(await countsOf(database)).toEqual(
      Object.fromEntries(stored.map(({ name, count }) => [name, count])),
    );
    expect(await database.query('select from eventfold.waiting_events')).toEqual([]);
  });

  it('is told to a query that wants to see what waits behind it', async () => {
    const lab = await start({
      onEvent: ({ data }) => {
        if (data.tally === 'bad') throw new Error('poison');
      },
    });
    const [bad, good] = [await lab.tick('bad'), await lab.tick('good')];
    const progress = lab.app.get(ProjectionProgress, { strict: false });
    await progress.waitFor('tally', good, { key: 'good' });
    await expect(progress.waitFor('tally', bad, { key: 'bad' })).rejects.toMatchObject({
      code: 'not-caught-up',
      details: { parkedKey: 'bad' },
      message: expect.stringMatching(/has parked the events of "bad"/),
    });
    await lab.operations.skip('tally', 'bad');
    await progress.waitFor('tally', bad, { key: 'bad' });
  });

  it('is none for what a deployment has not brought yet: it is waited for, loudly', async () => {
    const lab = await start();
    await lab.folded(await lab.tick('a'));
    await database.query('alter table eventfold.tallies rename to tallies_for_now');
    const last = await lab.tick('a', 3);
    await eventually(() =>
      expect(lab.status()).toMatchObject({
        status: 'retrying',
        failure: expect.stringMatching(/does not exist/),
      }),
    );
    await database.query('alter table eventfold.tallies_for_now rename to tallies');
    await lab.folded(last);
    await database.query('alter table eventfold.tallies rename column count to counted');
    const next = await lab.tick('a');
    await eventually(() =>
      expect(lab.status()).toMatchObject({ status: 'retrying', failure: expect.stringMatching(/column/) }),
    );
    await database.query('alter table eventfold.tallies rename column counted to count');
    await lab.folded(next);
    expect(await lab.operations.parked('tally')).toEqual([]);
    expect(await countsOf(database)).toEqual({ a: 5 });
  });

  it('is, within bounds, what a handler waits for: others come after the patience is over', async () => {
    const mails: string[] = [];
    const lab = await start({
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
    await lab.tick('dead');
    await lab.tick('file');
    const last = await lab.tick('fine');
    await eventually(() => expect(mails).toEqual(['fine']));
    await lab.reacted(last);
    const parked = await lab.operations.parked('tally-mail');
    expect(parked.map(({ key, error }) => [key, error])).toEqual([
      ['tally-dead', 'fetch failed: connect ECONNREFUSED'],
      ['tally-file', 'ENOENT: template.html'],
    ]);
  });
});
