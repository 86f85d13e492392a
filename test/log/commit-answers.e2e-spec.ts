/**
 * The answers to appends in a transaction, and to the events that a projection folds in one, when the transaction ends
 * otherwise.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { RepeatedRefusal } from '../../src/event-sourcing/for-service.js';
import {
  AppendInsideTransactionError,
  CurrentTurn,
  EventfoldError,
  InvalidAppendError,
  type PendingAppend,
  TransactionAbortedError,
} from '../../src/event-sourcing/index.js';
import { poolOf } from '../../src/event-sourcing/postgres/pool.js';
import { eventually } from '../support/eventually.js';
import { type HostApplication, Paid, startHostApplication } from '../support/hosts/host-application.js';
import {
  countsOf,
  createTallies,
  MAIL,
  type TallyHost,
  startTallyHost,
} from '../support/hosts/tally-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

class Refused extends EventfoldError {
  readonly kind = 'refused';
  readonly code = 'refused';
}

describe('a transaction that appends', () => {
  let database: TestDatabase;
  let host: HostApplication;
  beforeAll(async () => {
    database = await createTestDatabase();
    host = await startHostApplication(database);
  });
  afterAll(async () => {
    await host.stop();
    await database.drop();
  });

  const append = (streamId: string, manager: EntityManager, at: 'call' | 'commit') =>
    host.store.appendToStream(streamId, 'any', [new Paid({ amount: 1 })], { manager, at } as {
      manager: EntityManager;
      at: 'commit';
    });
  const swallowed = (manager: EntityManager) => manager.query('select 1 / 0').catch(() => undefined);

  it.each(['call', 'commit'] as const)(
    'says so when its COMMIT was answered with ROLLBACK, for an error that was swallowed after an append at the %s',
    async (at) => {
      const streamId = randomUUID();
      let pending: PendingAppend | undefined;
      const transaction = host.dataSource.transaction(async (manager) => {
        pending = await append(streamId, manager, at);
        if (at === 'commit') await append(`${streamId}-now`, manager, 'call'); // a waiting append goes first
        await swallowed(manager);
      });
      await expect(transaction).rejects.toThrow(TransactionAbortedError);
      if (at === 'commit') expect(pending!.result).toBeUndefined();
      expect(await host.store.readStream(streamId)).toEqual([]);
    },
  );

  it('says so when a subscriber was what failed, after everything else', async () => {
    const streamId = randomUUID();
    const { subscribers } = host.dataSource;
    subscribers.push({
      beforeTransactionCommit: ({ queryRunner }) => swallowed(queryRunner.manager),
    });
    try {
      const transaction = host.dataSource.transaction((manager) => append(streamId, manager, 'commit'));
      await expect(transaction).rejects.toThrow(TransactionAbortedError);
    } finally {
      subscribers.pop();
    }
    expect(await host.store.readStream(streamId)).toEqual([]);
  });

  it.each([
    ['its first', () => Promise.resolve()],
    ['another', (manager: EntityManager) => append(randomUUID(), manager, 'commit')],
  ])('stores what a subscriber appends right before the commit, as %s event', async (_what, before) => {
    const streamId = randomUUID();
    const { subscribers } = host.dataSource;
    let pending: PendingAppend | undefined;
    subscribers.push({
      beforeTransactionCommit: async ({ manager }) => {
        pending = await append(streamId, manager, 'commit');
      },
    });
    try {
      await host.dataSource.transaction(async (manager) => void (await before(manager)));
    } finally {
      subscribers.pop();
    }
    expect(pending!.result).toMatchObject({ version: 1 });
    expect(await host.store.readStream(streamId)).toHaveLength(1);
  });

  it.each(['call', 'commit'] as const)(
    'refuses an append at the %s that comes when its COMMIT is under way, or after it',
    async (at) => {
      const streamId = randomUUID();
      const late: Promise<unknown>[] = [];
      for (const ms of [0, 1, 2, 4, 8]) {
        await host.dataSource.transaction(async (manager) => {
          await append(randomUUID(), manager, 'commit');
          late.push(sleep(ms).then(() => append(streamId, manager, at)));
        });
      }
      const stored = (await Promise.allSettled(late)).filter(({ status }) => status === 'fulfilled').length;
      expect(await host.store.readStream(streamId)).toHaveLength(stored);
    },
  );

  it.each(['call', 'commit'] as const)('refuses an append at the %s after it has ended', async (at) => {
    for (const end of ['commitTransaction', 'rollbackTransaction'] as const) {
      const streamId = randomUUID();
      const runner = host.dataSource.createQueryRunner();
      await runner.startTransaction();
      await append(randomUUID(), runner.manager, 'commit');
      const ended = runner[end]();
      const late: Promise<unknown>[] = [];
      for (let sent = 0; sent < 200 && runner.isTransactionActive; sent++) {
        late.push(append(streamId, runner.manager, at));
        await nextTurn();
      }
      await ended;
      await runner.release();
      const stored = (await Promise.allSettled(late)).filter(({ status }) => status === 'fulfilled').length;
      expect(await host.store.readStream(streamId)).toHaveLength(end === 'commitTransaction' ? stored : 0);
      await expect(append(streamId, runner.manager, at)).rejects.toThrow(/ended/);
    }
  });

  it.each([
    ['throws', () => Promise.reject(new Error('too late'))],
    [
      'runs statements that fail, and throws',
      ({ manager }: { manager: EntityManager }) => manager.query('select 1 / 0'),
    ],
  ])(
    'has the result of an append where a subscriber %s after its commit',
    async (_what, afterTransactionCommit) => {
      const streamId = randomUUID();
      const { subscribers } = host.dataSource;
      let pending: PendingAppend | undefined;
      subscribers.push({ afterTransactionCommit });
      try {
        const transaction = host.dataSource.transaction(async (manager) => {
          pending = await append(streamId, manager, 'commit');
        });
        await expect(transaction).rejects.toThrow(/too late|division by zero/);
      } finally {
        subscribers.pop();
      }
      expect(pending!.result).toMatchObject({ version: 1 });
      expect(await host.store.readStream(streamId)).toHaveLength(1);
    },
  );

  it.each(['call', 'commit'] as const)(
    'keeps under the key of its call what it was told after a roll back of an append at the %s',
    async (at) => {
      let calls = 0;
      const call = { key: randomUUID(), fingerprint: '' };
      const once = () =>
        host.keys.once(
          call,
          () =>
            host.dataSource.transaction(async (manager): Promise<object> => {
              await append(randomUUID(), manager, at);
              throw new Refused(`refusal ${++calls}`);
            }),
          () => ({}),
        );
      await expect(once()).rejects.toThrow(Refused);
      const again = await once().catch((error: unknown) => error);
      expect(again).toBeInstanceOf(RepeatedRefusal);
      expect(again).toMatchObject({ message: 'refusal 1' });
    },
  );

  it('keeps the answer of a call whose savepoint was rolled back with the append', async () => {
    const call = { key: randomUUID(), fingerprint: '' };
    const once = () =>
      host.keys.once(
        call,
        () =>
          host.dataSource.transaction(async (manager) => {
            const savepoint = manager.transaction(async (inner) => {
              await append(randomUUID(), inner, 'commit');
              throw new Error('never mind');
            });
            await savepoint.catch(() => undefined);
            return { answer: randomUUID() };
          }),
        () => ({ answer: 'restored' }),
      );
    const { result } = await once();
    expect(await once()).toEqual({ result, isRepeat: true });
  });

  it('is refused by the log of another database, and for a moment that there is not', async () => {
    const elsewhere = await createTestDatabase();
    const other = await startHostApplication(elsewhere);
    for (const at of ['call', 'commit'] as const) {
      const transaction = other.dataSource.transaction((manager) => append(randomUUID(), manager, at));
      await expect(transaction).rejects.toThrow(InvalidAppendError);
    }
    await other.stop();
    await elsewhere.drop();
    const misspelt = host.dataSource.transaction((manager) =>
      append(randomUUID(), manager, 'comit' as 'commit'),
    );
    await expect(misspelt).rejects.toThrow(`options.at is 'comit': it must be "call" or "commit"`);
  });

  it('that has the last connection of the pool does not wait for an append outside of it', async () => {
    const small = await startHostApplication(database, { poolSize: 1 });
    const streamId = randomUUID();
    const transaction = small.dataSource.transaction(async (manager) => {
      await small.store.appendToStream(streamId, 'any', [new Paid({ amount: 1 })], { manager });
      await small.store.appendToStream(streamId, 'any', [new Paid({ amount: 2 })]);
    });
    await expect(transaction).rejects.toThrow(AppendInsideTransactionError);
    expect(await small.store.readStream(streamId)).toEqual([]);
    await small.stop();
  });
});

describe('transactions that have all connections of the pool, and append outside of themselves', () => {
  it('are told so in bounded time, each, and others go on', async () => {
    const database = await createTestDatabase();
    const host = await startHostApplication(database, { poolSize: 3 });
    const paid = [new Paid({ amount: 1 })];
    const began = performance.now();
    const transactions = Array.from({ length: 3 }, (_, i) =>
      host.dataSource.transaction(async (manager) => {
        await host.store.appendToStream(`in-${i}`, 'any', paid, { manager, at: 'commit' });
        await host.store.appendToStream(`out-${i}`, 'any', paid);
      }),
    );
    const outcomes = await Promise.allSettled(transactions);
    expect(performance.now() - began).toBeLessThan(25_000);
    const told = outcomes.filter(({ status }) => status === 'rejected');
    expect(told.length).toBeGreaterThan(0); // the end of one may let another go on
    for (const { reason } of told as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ kind: 'unavailable', code: 'pool-exhausted' });
      expect(reason.message).toContain('None of all 3 connections of the pool');
    }
    const stored = await Promise.all(['in-0', 'in-1', 'in-2'].map((id) => host.store.readStream(id)));
    expect(stored.map(({ length }) => length)).toEqual(
      outcomes.map(({ status }) => (status === 'fulfilled' ? 1 : 0)),
    );
    // The last append may still be telling other processes.
    await eventually(() => {
      const { idleCount, totalCount, waitingCount } = poolOf(host.dataSource);
      expect({ idleCount, waitingCount }).toEqual({ idleCount: totalCount, waitingCount: 0 });
    });
    await host.stop();
    await database.drop();
  });
});

describe('a transaction whose connection was lost after its append', () => {
  it('is in the way of no other append, however long the log is locked by somebody else', async () => {
    const database = await createTestDatabase();
    const host = await startHostApplication(database);
    const { store, dataSource } = host;
    const paid = [new Paid({ amount: 1 })];
    const other = dataSource.createQueryRunner();
    const transaction = dataSource.transaction(async (manager) => {
      await store.appendToStream('lost', 'any', paid, { manager });
      await manager.query('select pg_terminate_backend(pg_backend_pid())').catch(() => undefined);
      // The error comes before the end of the connection, which is noticed by itself.
      await eventually(() => expect(manager.queryRunner!.isReleased).toBe(true));
      await other.startTransaction();
      await other.query('lock table eventfold.append_lock in share update exclusive mode');
      setTimeout(() => void other.rollbackTransaction(), 1_500);
      await store.appendToStream('later', 'any', paid);
    });
    await expect(transaction).rejects.not.toThrow(AppendInsideTransactionError);
    expect(await store.readStream('later')).toHaveLength(1);
    await other.release();
    await host.stop();
    await database.drop();
  });
});

describe('a reaction that appends at the commit', () => {
  const bad = new Set(['a', 'b', 'c']);
  let database: TestDatabase;
  let tallyHost: TallyHost;
  beforeAll(async () => {
    database = await createTestDatabase();
    await createTallies(database);
    tallyHost = await startTallyHost(database, {
      turns: { retryDelayMs: 5, attempts: 2 },
      reaction: { holds: 'transaction' },
      onReaction: async ({ data: { tally } }) => {
        const { manager } = tallyHost.app.get(CurrentTurn);
        const expected = bad.has(tally) ? 'no-stream' : 'any';
        await tallyHost.store.appendToStream(`out-${tally}`, expected, [{ type: 'tally.sent', data: {} }], {
          manager,
          at: 'commit',
        });
      },
    });
    for (const tally of bad)
      await tallyHost.store.appendToStream(`out-${tally}`, 'any', [{ type: 'tally.before', data: {} }]);
    let position = 0;
    for (const tally of ['a', 'b', 'c', 'a']) position = await tallyHost.tick(tally);
    await tallyHost.reacted(position);
  });
  afterAll(async () => {
    await tallyHost.stop();
    await database.drop();
  });

  const parked = async () => (await tallyHost.operations.parked(MAIL)).map(({ key }) => key);
  const sent = async (tally: string) => (await tallyHost.store.readStream(`out-${tally}`)).length - 1;

  it('is told by a retry that it failed again, and goes on with the others', async () => {
    expect(await parked()).toEqual(['tally-a', 'tally-b', 'tally-c']);
    for (const mended of ['b', 'c']) bad.delete(mended);
    expect(await tallyHost.operations.retry(MAIL, 'tally-a')).toMatchObject({ folded: 0 });
    const outcomes = [];
    for await (const outcome of tallyHost.operations.retryAll(MAIL)) outcomes.push(outcome);
    expect(outcomes).toMatchObject([{ folded: 0 }, { folded: 1 }, { folded: 1 }]);
    expect(await parked()).toEqual(['tally-a']);
    expect([await sent('b'), await sent('c')]).toEqual([1, 1]);
  });

  it('stands at the next event of a key when the first is skipped, and that one fails as well', async () => {
    expect(await tallyHost.operations.skip(MAIL, 'tally-a')).toMatchObject({ folded: 0, parked: {} });
    bad.delete('a');
    expect(await tallyHost.operations.retry(MAIL, 'tally-a')).toMatchObject({ folded: 1 });
    expect([await parked(), await sent('a')]).toEqual([[], 1]);
  });
});

describe('a handler that swallows an error of its SQL', () => {
  it('parks the key of its event, and others go on', async () => {
    const database = await createTestDatabase();
    await createTallies(database);
    const tallyHost = await startTallyHost(database, {
      turns: { retryDelayMs: 5, attempts: 2 },
      onEvent: async ({ data: { tally } }, { manager }) => {
        if (tally === 'bad') await manager.query(`select 'x'::integer`).catch(() => undefined);
      },
    });
    for (const tally of ['good', 'bad', 'good']) await tallyHost.tick(tally);
    await eventually(async () => expect(await countsOf(database)).toMatchObject({ good: 2 }));
    await tallyHost.stop();
    await database.drop();
  });
});
