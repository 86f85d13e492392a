import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventsHandler } from '@nestjs/cqrs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Propagation as ClsPropagation, TransactionHost } from '@nestjs-cls/transactional';
import { DataSource, type EntityManager } from 'typeorm';
import {
  deleteDataSourceByName,
  initializeTransactionalContext,
  Propagation,
  runInTransaction,
  StorageDriver,
} from 'typeorm-transactional';
import {
  ConcurrencyError,
  CurrentTransactionError,
  DomainEvent,
  type EventSourcedRepository,
  EventStore,
  getAggregatesToken,
  InvalidAppendError,
  InvalidOptionsError,
  NotCommittedError,
  Reaction,
  TransactionConflictError,
} from '../../src/event-sourcing/index.js';
import { Account, Paid, Payment } from '../examples/transactions/account.js';
import * as bound from '../examples/transactions/bound-payments.js';
import * as cls from '../examples/transactions/cls-payments.js';
import { retryConflicts } from '../examples/transactions/retry-conflicts.js';
import { eventually } from '../support/eventually.js';
import { keepTypeOrm } from '../support/hosts/kept-typeorm.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startUsualHost } from '../support/hosts/usual-host.js';

/** More than the ten connections of the pool. */
const REQUESTS = 60;

class RolledBack extends Error {}

type Propagate = 'REQUIRED' | 'REQUIRES_NEW' | 'NESTED' | 'NOT_SUPPORTED';
type Run = <Result>(work: () => Promise<Result>, propagation?: Propagate) => Promise<Result>;

interface Library {
  name: string;
  start(url: string): Promise<INestApplicationContext>;
  run(app: INestApplicationContext): Run;
  payments: typeof bound.Payments | typeof cls.Payments;
  end(): void;
}

const quietly = { logger: false, abortOnError: false } as const;

let restoreTypeOrm: () => void;

const libraries: Library[] = [
  {
    name: 'typeorm-transactional',
    payments: bound.Payments,
    async start(url) {
      restoreTypeOrm = keepTypeOrm();
      initializeTransactionalContext({ storageDriver: StorageDriver.ASYNC_LOCAL_STORAGE });
      return NestFactory.createApplicationContext(bound.PaymentsModule.forRoot(url), quietly);
    },
    run:
      (app) =>
      (work, propagation = 'REQUIRED') => {
        // The library's own NESTED begins another transaction.
        if (propagation === 'NESTED') return app.get(DataSource).manager.transaction(work);
        return runInTransaction(work, { propagation: Propagation[propagation] });
      },
    end() {
      deleteDataSourceByName('default');
      restoreTypeOrm();
    },
  },
  {
    name: '@nestjs-cls/transactional',
    payments: cls.Payments,
    start: (url) => NestFactory.createApplicationContext(cls.PaymentsModule.forRoot(url), quietly),
    run: (app) => {
      const of = {
        REQUIRED: ClsPropagation.Required,
        REQUIRES_NEW: ClsPropagation.RequiresNew,
        NESTED: ClsPropagation.Nested,
        NOT_SUPPORTED: ClsPropagation.NotSupported,
      };
      const host = app.get(TransactionHost);
      return (work, propagation = 'REQUIRED') => host.withTransaction(of[propagation], work);
    },
    end: () => undefined,
  },
];

describe.each(libraries)('with $name, and its transaction given to the event store,', (library) => {
  let database: TestDatabase;
  let app: INestApplicationContext;
  let store: EventStore;
  let accounts: EventSourcedRepository<Account>;
  let payments: bound.Payments | cls.Payments;
  let run: Run;
  let nth = 0;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await createEmptyDatabase();
    app = await library.start(database.url);
    store = app.get(EventStore);
    accounts = app.get(getAggregatesToken(Account));
    payments = app.get(library.payments);
    run = library.run(app);
  });
  afterAll(async () => {
    await app.close();
    library.end();
    await database.drop();
  });

  /** The id of an account with 100. */
  const open = async () => (await accounts.create(Account.open(`${library.name}-${nth++}`, 100))).id;
  const balance = async (id: string) => (await accounts.find(id))!.state.balance;
  const rows = (accountId: string) => app.get(DataSource).getRepository(Payment).countBy({ accountId });
  const events = async (id: string) => (await store.readStream(`account-${id}`)).length;
  const rolledBack = async (work: () => Promise<unknown>, propagation?: Propagate) => {
    const transaction = run(async () => {
      await work();
      throw new RolledBack();
    }, propagation);
    await expect(transaction).rejects.toThrow(RolledBack);
  };

  it('a method commits its row and its event together, and its answer has the position after that', async () => {
    const id = await open();
    const paid = await payments.pay(id, -30);
    const [event] = await store.readStream(`account-${id}`, { fromVersion: 2 });
    expect([paid.version, paid.position]).toEqual([2, event!.position]);
    expect([await rows(id), await balance(id)]).toEqual([1, 70]);
  });

  it('a rollback leaves no row, no event, and nothing in memory', async () => {
    const id = await open();
    await rolledBack(async () => {
      await payments.pay(id, -30);
      await payments.pay(id, -30);
      expect(await balance(id)).toBe(40);
    });
    expect([await rows(id), await events(id), await balance(id)]).toEqual([0, 1, 100]);
    await expect(payments.pay(id, -101)).rejects.toThrow('has 100');
    await rolledBack(async () => {
      await accounts.update(id, (account) => account.pay(-30), { at: 'call' });
      expect((await accounts.findAtVersion(id, 2))!.state.balance).toBe(70);
    });
    expect(await accounts.findAtVersion(id, 2)).toBeUndefined();
    expect((await accounts.update(id, (account) => account.pay(1))).state.balance).toBe(101);
  });

  it('commands and reads see what waits, and nobody else does before the commit', async () => {
    const id = `new-${await open()}`;
    const outside = () => run(() => accounts.exists(id), 'NOT_SUPPORTED');
    await run(async () => {
      await accounts.create(Account.open(id, 5));
      const updated = await accounts.update(id, (account) => account.pay(2));
      expect([updated.version, updated.state.balance]).toEqual([2, 7]);
      expect(await accounts.exists(id)).toBe(true);
      expect((await accounts.findAtVersion(id, 1))!.state.balance).toBe(5);
      expect(store.pendingEvents(`account-${id}`)).toHaveLength(2);
      expect(await outside()).toBe(false);
    });
    expect(await outside()).toBe(true);
  });

  it('what the commit gives out is an error before it, and there after it', async () => {
    const id = await open();
    const [appended, updated, found, each] = await run(async () => {
      const answers = [
        await store.appendToStream(`account-${id}`, 1, [new Paid({ amount: 1 })]),
        await accounts.update(id, (account) => account.pay(1)),
        (await accounts.find(id))!,
        (await store.appendEach([{ streamId: `account-${id}`, event: new Paid({ amount: 1 }) }]))[0]!,
      ] as const;
      for (const answer of answers) expect(() => answer.position).toThrow(NotCommittedError);
      expect(answers[0].version).toBe(2);
      expect(() => answers[3].version).toThrow(NotCommittedError);
      return answers;
    });
    const positions = (await store.readStream(`account-${id}`)).map(({ position }) => position);
    expect([appended.position, updated.position, each.position]).toEqual(positions.slice(1));
    expect(found.position).toBe(updated.position);
    expect([appended.verdict, each.version]).toEqual(['appended', 4]);
    expect(JSON.parse(JSON.stringify(appended))).toMatchObject({ version: 2, position: positions[1] });
  });

  it('an append that is asked for its position has it at once, and is rolled back all the same', async () => {
    const id = await open();
    await rolledBack(async () => {
      const { position } = await store.appendToStream(`account-${id}`, 1, [new Paid({ amount: 1 })], {
        at: 'call',
      });
      expect(await store.head()).toBe(position);
      expect((await store.readAll({ fromPosition: position - 1 })).length).toBe(1);
    });
    expect(await events(id)).toBe(1);
  });

  it('a conflict fails the commit, says what to try again, and is gone when that is done', async () => {
    const id = await open();
    let tries = 0;
    const transaction = () =>
      run(async () => {
        await payments.pay(id, -1);
        if (tries++ === 0) await run(() => payments.pay(id, -2), 'REQUIRES_NEW');
      });
    const failure = await transaction().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TransactionConflictError);
    expect(failure).toBeInstanceOf(ConcurrencyError);
    expect((failure as Error).message).toContain('try the whole transaction again');
    expect([await rows(id), await balance(id)]).toEqual([1, 98]);
    tries = 0;
    await retryConflicts(transaction);
    expect([tries, await rows(id), await balance(id)]).toEqual([2, 3, 95]);
  });

  it('a savepoint that is rolled back takes its events with it, and only those', async () => {
    const id = await open();
    await run(async () => {
      await payments.pay(id, -1);
      await run(() => payments.pay(id, -10), 'NESTED');
      await rolledBack(() => payments.pay(id, -50), 'NESTED');
      expect(await balance(id)).toBe(89);
    });
    expect([await rows(id), await events(id), await balance(id)]).toEqual([2, 3, 89]);
  });

  it('what a new transaction inside appends stays, though the one around it is rolled back', async () => {
    const [kept, lost] = [await open(), await open()];
    await rolledBack(async () => {
      await payments.pay(lost, -1);
      const inside = await run(() => payments.pay(kept, -1), 'REQUIRES_NEW');
      expect(inside.position).toBeGreaterThan(0);
    });
    expect([await balance(kept), await balance(lost)]).toEqual([99, 100]);
  });

  it('a call that belongs to no transaction appends at once', async () => {
    const id = await open();
    await rolledBack(() =>
      run(async () => {
        const { position } = await store.appendToStream(`account-${id}`, 1, [new Paid({ amount: 1 })]);
        expect(position).toBeGreaterThan(0);
      }, 'NOT_SUPPORTED'),
    );
    expect(await events(id)).toBe(2);
  });

  it('a command that is not awaited is stored or refused, and not told as done only', async () => {
    const id = await open();
    const commands: Promise<unknown>[] = [];
    const commandAfter = async (ms: number) => {
      await sleep(ms);
      await accounts.update(id, (account) => account.pay(-1));
    };
    await run(async () => {
      commands.push(accounts.update(id, (account) => account.pay(-1)));
    });
    for (const ms of [0, 1, 2, 4]) {
      await run(async () => {
        commands.push(commandAfter(ms));
        await store.appendToStream(`account-${id}`, 'any', [new Paid({ amount: 1 })]);
      });
    }
    const ends = await Promise.allSettled(commands);
    const stored = ends.filter(({ status }) => status === 'fulfilled').length;
    expect(await events(id)).toBe(1 + 4 + stored);
    for (const end of ends) {
      if (end.status === 'fulfilled') continue;
      expect([CurrentTransactionError.name, InvalidAppendError.name]).toContain((end.reason as Error).name);
      expect((end.reason as Error).message).toContain('ended');
    }
  });

  it('sixty of them at once all end, on a pool of ten', async () => {
    const ids = await Promise.all(Array.from({ length: REQUESTS }, open));
    const paid = await Promise.all(ids.map((id) => payments.pay(id, -1)));
    expect(new Set(paid.map(({ position }) => position)).size).toBe(REQUESTS);
    expect(await Promise.all(ids.map(balance))).toEqual(ids.map(() => 99));
    const [same] = ids as [string];
    const contended = Array.from({ length: 10 }, () => retryConflicts(() => payments.pay(same, -1)));
    const ends = await Promise.allSettled(contended);
    const committed = ends.filter(({ status }) => status === 'fulfilled').length;
    expect([await rows(same), await balance(same)]).toEqual([committed + 1, 99 - committed]);
  });
});

class Noted extends DomainEvent<'noted', { by: string }> {
  static readonly type = 'noted';
  readonly type = Noted.type;
}

describe('currentTransaction', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it.each([
    ['an object', {}],
    ['an async function', async () => undefined],
  ])('is refused at the start when it is %s', async (_, currentTransaction) => {
    const start = startUsualHost(database, { eventSourcing: { currentTransaction } as object });
    await expect(start).rejects.toThrow(InvalidOptionsError);
    await expect(start).rejects.toThrow(/currentTransaction is .*: it must be a function that gives an/);
  });

  it('is an error at its use when it gives another thing, or a transaction that is over or of another database', async () => {
    let given: unknown;
    const eventSourcing = { currentTransaction: () => given as EntityManager, projections: false };
    const app = await startUsualHost(database, { eventSourcing });
    const other = await createTestDatabase();
    const elsewhere = await new DataSource({ type: 'postgres', url: other.url }).initialize();
    try {
      const store = app.get(EventStore);
      const append = () => store.appendToStream('any', 'any', [new Noted({ by: 'hand' })]);
      given = Promise.resolve();
      await expect(append()).rejects.toThrow(/Promise.*it must give a TypeORM EntityManager/);
      await elsewhere.transaction(async (manager) => {
        given = manager;
        await expect(append()).rejects.toThrow(CurrentTransactionError);
        await expect(store.head()).rejects.toThrow(/of another database/);
      });
      const ended = await app.get(DataSource).transaction(async (manager) => manager);
      given = ended;
      await expect(append()).rejects.toThrow(/has ended/);
      await expect(store.readStream('any')).rejects.toThrow(CurrentTransactionError);
      given = app.get(DataSource).manager; // libraries give this outside of transactions
      expect((await append()).position).toBeGreaterThan(0);
      given = null;
      expect((await append()).position).toBeGreaterThan(0);
    } finally {
      await elsewhere.destroy();
      await app.close();
      await other.drop();
    }
  });

  it('is not joined by handlers, though a transaction is open around their turns', async () => {
    let given: EntityManager | undefined;
    const seen: number[] = [];

    @Reaction({ name: 'echo' })
    @EventsHandler(Noted)
    class Echo {
      async handle(event: { position: number; data: { by: string } }): Promise<void> {
        if (event.data.by !== 'hand') return;
        const { position } = await store.appendToStream('echo', 'any', [new Noted({ by: 'echo' })]);
        seen.push(position);
      }
    }

    const app = await startUsualHost(database, {
      eventSourcing: { currentTransaction: () => given },
      providers: [Echo],
    });
    const store = app.get(EventStore);
    try {
      await app.get(DataSource).transaction(async (manager) => {
        given = manager;
        const noted = [new Noted({ by: 'hand' })];
        await app.get(DataSource).transaction(async (other) => {
          await store.appendToStream('by-hand', 'any', noted, { manager: other });
        });
        await eventually(() => expect(seen.length).toBeGreaterThan(0));
        expect(store.pendingEvents('echo')).toEqual([]);
      });
      given = undefined;
      expect(await store.readStream('echo')).toHaveLength(seen.length);
    } finally {
      await app.close();
    }
  });
});
