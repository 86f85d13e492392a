import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { EntityManager, QueryRunner } from 'typeorm';
import { ConcurrencyError, InvalidAppendError, isTransient } from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import {
  type HostApplication,
  Paid,
  Payment,
  startHostApplication,
  type Wallet,
} from '../support/hosts/host-application.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe("an append in the caller's transaction", () => {
  let database: TestDatabase;
  let host: HostApplication;
  let wallet: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    host = await startHostApplication(database);
  });
  afterAll(async () => {
    await host.stop();
    await database.drop();
  });
  beforeEach(async () => {
    wallet = randomUUID();
    await host.store.appendToStream(`wallet-${wallet}`, 'no-stream', [new Paid({ amount: 100 })]);
  });

  const transaction = <Result>(work: (manager: EntityManager) => Promise<Result>) =>
    host.dataSource.transaction(work);
  const append = (amount: number, manager?: EntityManager) =>
    host.store.appendToStream(`wallet-${wallet}`, 'any', [new Paid({ amount })], manager && { manager });
  const payments = async () => {
    const rows = await host.dataSource.manager.find(Payment, { where: { wallet }, order: { id: 'asc' } });
    return rows.map(({ amount }) => amount);
  };
  const events = async () => {
    const stored = await host.store.readStream(`wallet-${wallet}`, { fromVersion: 2 });
    return stored.map(({ data }) => (data as Paid['data']).amount);
  };
  const balance = async () => (await host.wallets.find(wallet))!.state.balance;

  describe('of an aggregate', () => {
    it('commits with its row, and is read inside before that and outside only after', async () => {
      await transaction(async (manager) => {
        await host.pay(wallet, -10, manager);
        const second = await host.pay(wallet, -20, manager);
        expect(second).toMatchObject({ version: 3, state: { balance: 70 } });
        expect(await balance()).toBe(100);
        expect(await payments()).toEqual([]);
      });
      expect([await payments(), await events(), await balance()]).toEqual([[-10, -20], [-10, -20], 70]);
    });

    it('rolls back with its row, and the aggregate is as it was', async () => {
      const head = await host.store.head();
      const rolledBack = transaction(async (manager) => {
        await host.pay(wallet, -10, manager);
        throw new Error('changed my mind');
      });
      await expect(rolledBack).rejects.toThrow('changed my mind');
      expect([await payments(), await balance(), await host.store.head()]).toEqual([[], 100, head]);
      await transaction((manager) => host.pay(wallet, -100, manager));
      expect([await payments(), await events()]).toEqual([[-100], [-100]]);
    });

    it('that a business rule refuses takes the row with it', async () => {
      const refused = transaction((manager) => host.pay(wallet, -101, manager));
      await expect(refused).rejects.toThrow('not enough money');
      expect([await payments(), await events()]).toEqual([[], []]);
    });

    it('that comes too late takes the row with it, and is not tried again', async () => {
      let decisions = 0;
      const appendAsRival = AsyncLocalStorage.bind(() => append(-1)); // it is no part of the decision
      const late = transaction(async (manager) => {
        await manager.insert(Payment, { wallet, amount: -10 });
        const decide = async (each: Wallet) => {
          decisions++;
          await appendAsRival();
          each.pay(-10);
        };
        await host.wallets.update(wallet, decide, { manager });
      });
      await expect(late).rejects.toThrow(ConcurrencyError);
      await expect(late).rejects.toMatchObject({ expectedVersion: 1, actualVersion: 2 });
      expect([decisions, await payments(), await events()]).toEqual([1, [], [-1]]);
    });
  });

  it('leaves the transaction usable after a conflict: the caller may do without the event', async () => {
    await transaction(async (manager) => {
      await manager.insert(Payment, { wallet, amount: -10 });
      const conflict = host.store.appendToStream(`wallet-${wallet}`, 7, [new Paid({ amount: -10 })], {
        manager,
      });
      await expect(conflict).rejects.toThrow(ConcurrencyError);
    });
    expect([await payments(), await events()]).toEqual([[-10], []]);
  });

  it('can be undone alone, with a savepoint, and then keeps nobody waiting', async () => {
    await transaction(async (manager) => {
      await manager.insert(Payment, { wallet, amount: -10 });
      const undone = manager.transaction(async (savepoint) => {
        await append(-10, savepoint);
        await host.store.appendToStream(`wallet-\0`, 'any', [new Paid({ amount: 1 })], {
          manager: savepoint,
        });
      });
      await expect(undone).rejects.toThrow(InvalidAppendError);
      await append(-1); // it must return
    });
    expect([await payments(), await events()]).toEqual([[-10], [-1]]);
    await expectNoGap();
  });

  describe.each(['REPEATABLE READ', 'SERIALIZABLE'] as const)('at %s', (isolation) => {
    it('goes through while its snapshot shows the head', async () => {
      await host.dataSource.transaction(isolation, (manager) => host.pay(wallet, -10, manager));
      expect([await payments(), await events()]).toEqual([[-10], [-10]]);
    });

    it('is refused with the cure when it does not, and takes the row with it', async () => {
      const stale = host.dataSource.transaction(isolation, async (manager) => {
        await manager.insert(Payment, { wallet, amount: -10 });
        await append(-1);
        return append(-10, manager);
      });
      await expect(stale).rejects.toThrow(/READ COMMITTED/);
      expect([await payments(), await events()]).toEqual([[], [-1]]);
    });
  });

  describe('that stays open', () => {
    let open: QueryRunner;

    beforeEach(async () => {
      open = host.dataSource.createQueryRunner();
      await open.startTransaction();
    });
    afterEach(() => open.release());

    it('before it appends keeps nobody waiting, and has its place where it appends', async () => {
      await open.manager.insert(Payment, { wallet, amount: -10 });
      const other = await append(-1);
      const own = await append(-10, open.manager);
      await open.commitTransaction();
      expect([own.position, own.version]).toEqual([other.position + 1, other.version + 1]);
      expect(await events()).toEqual([-1, -10]);
    });

    it.each(['commit', 'rollback'] as const)(
      'after it has appended lets all others wait, but no reader, until its %s',
      async (end) => {
        const head = await host.store.head();
        await append(-10, open.manager);
        const others = Promise.all([
          append(-1),
          transaction((manager) => append(-2, manager)),
          transaction((manager) => append(-3, manager)),
        ]);
        await eventually(async () => expect(await waiting()).toBe(3));
        expect(await host.store.head()).toBe(head);
        await (end === 'commit' ? open.commitTransaction() : open.rollbackTransaction());
        const positions = ascending((await others).map(({ position }) => position));
        const first = end === 'commit' ? head + 2 : head + 1;
        expect(positions).toEqual([first, first + 1, first + 2]);
        expect((await events()).toSorted((a, b) => a - b).slice(end === 'commit' ? 0 : -3)).toEqual(
          end === 'commit' ? [-10, -3, -2, -1] : [-3, -2, -1],
        );
        await expectNoGap();
      },
    );

    it('and is caught in a deadlock over a row of the host falls whole, or the other one does', async () => {
      const id = await host.dataSource.manager.insert(Payment, { wallet, amount: 0 });
      const touch = (manager: EntityManager, amount: number) =>
        manager.update(Payment, id.identifiers[0]!, { amount });
      await touch(open.manager, 1);
      const other = transaction(async (manager) => {
        await append(-2, manager);
        await touch(manager, 2);
      });
      await eventually(async () => expect(await waiting('transactionid')).toBe(1));
      const own = append(-1, open.manager).then(() => open.commitTransaction());
      const ends = await Promise.allSettled([own, other]);
      const lost = ends.filter((each) => each.status === 'rejected');
      expect(lost.map(({ reason }) => isTransient(reason))).toEqual([true]);
      if (open.isTransactionActive) await open.rollbackTransaction();
      const winner = ends.findIndex(({ status }) => status === 'fulfilled') + 1;
      expect([await payments(), await events()]).toEqual([[winner], [-winner]]);
      await expectNoGap();
    });
  });

  it('is in the log when its row is there and only then, for 20 callers of whom many fail', async () => {
    const errors: string[] = [];
    const pay = (amount: number) =>
      transaction(async (manager) => {
        await host.pay(wallet, amount, manager);
        if (amount % 3 === 0) throw new Error('rolled back');
      }).catch((error: Error) => errors.push(error.name));
    const caller = async (number: number) => {
      for (let turn = 0; turn < 6; turn++) {
        await pay(number * 6 + turn);
        await host.store.appendToStream(`besides-${wallet}-${number}`, turn, [new Paid({ amount: turn })]);
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, number) => caller(number)));
    expect(new Set(errors)).toEqual(new Set(['Error', 'ConcurrencyError']));
    expect(await events()).toHaveLength(120 - errors.length);
    expect(ascending(await payments())).toEqual(ascending(await events()));
    await expectNoGap();
  });

  /** Sessions that wait for a lock: that of the log, or that of a table. */
  async function waiting(locktype = 'relation'): Promise<number> {
    const [row] = await database.query<{ count: number }>(
      `select count(*)::integer as count from pg_locks join pg_stat_activity using (pid)
        where not granted and locktype = $1 and datname = current_database()`,
      [locktype],
    );
    return row!.count;
  }

  async function expectNoGap(): Promise<void> {
    const [row] = await database.query<{ count: string; max: string }>(
      'select count(*), max(global_position) from eventfold.events',
    );
    expect(row!.count).toBe(row!.max);
  }
});

const ascending = (numbers: number[]) => numbers.toSorted((a, b) => a - b);
