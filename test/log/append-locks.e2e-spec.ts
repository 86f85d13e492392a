/** Transactions of a host that append, and that keep the log locked from then to their end. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { dataSourceOptions } from '../../src/service/database/data-source-options.js';
import { AppendLock1763800000030 } from '../../migrations/1763800000030-append-lock.js';
import { migrations } from '../../migrations/index.js';
import { migrate } from '../../src/service/database/migrate.js';
import {
  type AppendAtCommit,
  AppendInsideTransactionError,
  AppendLockTimeoutError,
  ConcurrencyError,
  InvalidAppendError,
  NotCommittedError,
} from '../../src/event-sourcing/index.js';
import {
  type HostApplication,
  Paid,
  Payment,
  startHostApplication,
} from '../support/hosts/host-application.js';
import { countsOf, createTallies, type TallyHost, startTallyHost } from '../support/hosts/tally-host.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { eventually } from '../support/eventually.js';
import { gate } from '../support/gate.js';

describe('appends of a host', () => {
  let database: TestDatabase;
  let host: HostApplication;
  let wallet: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    host = await startHostApplication(database, { appendLockTimeoutMs: 1_500 });
  });
  afterAll(async () => {
    await host.stop();
    await database.drop();
  });
  beforeEach(async () => {
    wallet = randomUUID();
    await host.store.appendToStream(`wallet-${wallet}`, 'no-stream', [new Paid({ amount: 100 })]);
  });

  const atCommit = (manager: EntityManager): AppendAtCommit => ({ manager, at: 'commit' });
  const transaction = <Result>(work: (manager: EntityManager) => Promise<Result>) =>
    host.dataSource.transaction(work);
  const append = (amount: number, manager?: EntityManager) =>
    host.store.appendToStream(`wallet-${wallet}`, 'any', [new Paid({ amount })], manager && { manager });
  const handIn = (amount: number, manager: EntityManager, expected: number | 'any' = 'any') =>
    host.store.appendToStream(`wallet-${wallet}`, expected, [new Paid({ amount })], atCommit(manager));
  const pay = async (amount: number, manager: EntityManager) => {
    await manager.insert(Payment, { wallet, amount });
    return host.wallets.update(wallet, (each) => each.pay(amount), atCommit(manager));
  };
  const payments = async () => {
    const rows = await host.dataSource.manager.find(Payment, { where: { wallet }, order: { id: 'asc' } });
    return rows.map(({ amount }) => amount);
  };
  const events = async () => {
    const stored = await host.store.readStream(`wallet-${wallet}`, { fromVersion: 2 });
    return stored.map(({ data }) => (data as Paid['data']).amount);
  };

  describe('at the commit', () => {
    it('lets others append meanwhile, and has its place where the transaction is committed', async () => {
      const paid = await transaction(async (manager) => {
        const early = await pay(-10, manager);
        expect(early.version).toBe(2);
        expect(() => early.position).toThrow(NotCommittedError);
        await host.store.appendToStream(`other-${wallet}`, 'no-stream', [new Paid({ amount: 1 })]);
        expect(await events()).toEqual([]);
        return early;
      });
      const [other] = await host.store.readStream(`other-${wallet}`);
      expect(paid).toMatchObject({ version: 2, position: other!.position + 1, uncommittedEvents: [] });
      expect([await payments(), await events()]).toEqual([[-10], [-10]]);
    });

    it('is answered with what is known, and has its result after the commit alone', async () => {
      const [exact, any] = await transaction(async (manager) => {
        const handedIn = [await handIn(-10, manager, 1), await handIn(-20, manager)] as const;
        expect(handedIn.map(({ result }) => result)).toEqual([undefined, undefined]);
        return handedIn;
      });
      expect(exact).toMatchObject({ verdict: 'pending', version: 2, streamId: `wallet-${wallet}` });
      expect(exact.result).toMatchObject({ verdict: 'appended', version: 2, eventId: exact.eventId });
      expect([any.version, any.result?.version]).toEqual([undefined, 3]);
      expect(any.result!.position).toBe(exact.result!.position + 1);
    });

    it('is seen by later commands of the same transaction, and by nobody else', async () => {
      await transaction(async (manager) => {
        await pay(-60, manager);
        await expect(pay(-60, manager)).rejects.toThrow('not enough money');
        expect(await host.wallets.find(wallet, manager)).toMatchObject({
          version: 2,
          state: { balance: 40 },
        });
        expect(await host.wallets.find(wallet)).toMatchObject({ version: 1, state: { balance: 100 } });
        expect((await pay(-40, manager)).state.balance).toBe(0);
      });
      expect(await events()).toEqual([-60, -40]);
    });

    it('that comes too late is a conflict of the commit, and takes the row with it', async () => {
      let afterwards = 'not reached';
      const late = transaction(async (manager) => {
        await pay(-10, manager);
        await append(-1);
        afterwards = 'reached';
      });
      await expect(late).rejects.toThrow(ConcurrencyError);
      await expect(late).rejects.toMatchObject({ expectedVersion: 1, actualVersion: 2 });
      expect([afterwards, await payments(), await events()]).toEqual(['reached', [], [-1]]);
    });

    it('is rolled back with its transaction, and its result stays away', async () => {
      let pending: Awaited<ReturnType<typeof handIn>>;
      const rolledBack = transaction(async (manager) => {
        await manager.insert(Payment, { wallet, amount: -10 });
        pending = await handIn(-10, manager);
        throw new Error('changed my mind');
      });
      await expect(rolledBack).rejects.toThrow('changed my mind');
      expect([pending!.result, await payments(), await events()]).toEqual([undefined, [], []]);
    });

    it('goes with the savepoint in which it was handed in, at every depth', async () => {
      const undone = (manager: EntityManager, work: (savepoint: EntityManager) => Promise<unknown>) =>
        expect(
          manager.transaction(async (savepoint) => {
            await work(savepoint);
            throw new Error('undone');
          }),
        ).rejects.toThrow('undone');
      await transaction(async (manager) => {
        await handIn(-1, manager);
        await undone(manager, async (outer) => {
          await handIn(-2, outer);
          await outer.transaction((inner) => handIn(-3, inner)); // kept in the part that is undone
        });
        await manager.transaction(async (outer) => {
          await handIn(-4, outer);
          await undone(outer, (inner) => handIn(-5, inner));
          await outer.transaction((inner) => handIn(-6, inner));
        });
        await handIn(-7, manager);
      });
      expect(await events()).toEqual([-1, -4, -6, -7]);
    });

    it('comes before what is appended at once later, and again where that was undone', async () => {
      await transaction(async (manager) => {
        await pay(-1, manager);
        const undone = manager.transaction(async (savepoint) => {
          await append(-2, savepoint);
          throw new Error('undone');
        });
        await expect(undone).rejects.toThrow('undone');
        await append(-3); // the log is not locked any more
        await append(-4, manager).catch((error: Error) => expect(error).toBeInstanceOf(ConcurrencyError));
        throw new Error('as the first has met another version');
      }).catch(() => undefined);
      expect(await events()).toEqual([-3]);
      await transaction(async (manager) => {
        await handIn(-5, manager, 2);
        await append(-6, manager);
      });
      expect(await events()).toEqual([-3, -5, -6]);
    });

    it('of several streams is one unit: one conflict, and none of them is stored', async () => {
      const stream = (name: string) => `${name}-${wallet}`;
      const conflict = transaction(async (manager) => {
        await host.store.appendToStream(
          stream('a'),
          'no-stream',
          [new Paid({ amount: 1 })],
          atCommit(manager),
        );
        await handIn(-1, manager, 7);
      });
      await expect(conflict).rejects.toThrow(ConcurrencyError);
      expect(await host.store.readStream(stream('a'))).toEqual([]);
      const each = await transaction((manager) =>
        host.store.appendEach(
          ['a', 'b', 'a'].map((name) => ({ streamId: stream(name), event: new Paid({ amount: 1 }) })),
          atCommit(manager),
        ),
      );
      expect(each.map(({ result }) => result?.version)).toEqual([1, 1, 2]);
    });

    it.each(['committed again', 'given back without an end'])(
      'leaves nothing behind when a transaction whose commit has failed is %s',
      async (end) => {
        const runner = host.dataSource.createQueryRunner();
        await runner.startTransaction();
        await runner.manager.insert(Payment, { wallet, amount: -10 });
        await handIn(-10, runner.manager, 7);
        await expect(runner.commitTransaction()).rejects.toThrow(ConcurrencyError);
        if (end === 'committed again')
          await expect(runner.commitTransaction()).rejects.toThrow(ConcurrencyError);
        await runner.release();
        await append(-1);
        expect([await payments(), await events()]).toEqual([[], [-1]]);
      },
    );

    it('works in one transaction after the other of one query runner', async () => {
      const runner = host.dataSource.createQueryRunner();
      for (const amount of [-1, -2, -3]) {
        await runner.startTransaction();
        await handIn(amount, runner.manager);
        await (amount === -2 ? runner.rollbackTransaction() : runner.commitTransaction());
      }
      await runner.release();
      expect(await events()).toEqual([-1, -3]);
    });

    it('is refused where no commit could be waited for', async () => {
      await expect(handIn(-1, host.dataSource.manager)).rejects.toThrow(InvalidAppendError);
      const runner = host.dataSource.createQueryRunner();
      await runner.query('begin'); // TypeORM does not know this transaction
      await expect(handIn(-1, runner.manager)).rejects.toThrow(/dataSource\.transaction/);
      await runner.query('rollback');
      await runner.release();
    });

    it('takes the idempotency key of its call at the commit, and a repeat gets the first answer', async () => {
      const { keys } = host;
      const call = (amount: number) =>
        keys.once(
          { key: wallet, fingerprint: 'pay' },
          () => transaction(async (manager) => ({ version: (await pay(amount, manager)).version })),
          ({ events: [event] }) => ({ version: event!.version }),
        );
      expect(await call(-10)).toEqual({ result: { version: 2 }, isRepeat: false });
      expect(await call(-10)).toEqual({ result: { version: 2 }, isRepeat: true });
      expect([await payments(), await events()]).toEqual([[-10], [-10]]);
    });
  });

  describe('beside a transaction that has appended and takes its time', () => {
    let open: QueryRunner;

    beforeEach(async () => {
      open = host.dataSource.createQueryRunner();
      await open.startTransaction();
    });
    afterEach(async () => {
      if (open.isTransactionActive) await open.rollbackTransaction();
      await open.release();
    });

    it('fail after the limit, say who holds the lock, and warn before that', async () => {
      const holder = new Client({ connectionString: database.url, application_name: 'a slow report' });
      await holder.connect();
      try {
        await holder.query('begin; lock table eventfold.append_lock in share update exclusive mode');
        const { rows } = await holder.query('select pg_backend_pid() as pid');
        const refused = await Promise.all([
          append(-1).catch((error: Error) => error),
          transaction((manager) => append(-2, manager)).catch((error: Error) => error),
          transaction((manager) => handIn(-3, manager)).catch((error: Error) => error),
        ]);
        for (const error of refused) {
          expect(error).toBeInstanceOf(AppendLockTimeoutError);
          expect((error as Error).message).toMatch(
            new RegExp(
              `waited 1500 ms .* session ${rows[0].pid}, "a slow report", .*idle in transaction for \\d+\\.\\d s, ` +
                'in a transaction of \\d+\\.\\d s; its last statement: select pg_backend_pid\\(\\) as pid',
            ),
          );
          expect((error as AppendLockTimeoutError).detail).not.toMatch(/session|report/);
        }
        const warnings = host.warnings.filter((line) => line.includes(`session ${rows[0].pid}`));
        expect(warnings).toEqual([expect.stringMatching(/^An append has waited 1 s/)]);
      } finally {
        await holder.end();
      }
      await append(-4);
      expect(await events()).toEqual([-4]);
    });

    it('keep a shorter limit of the transaction itself, which is as it was afterwards', async () => {
      await open.query(`set local lock_timeout = '300ms'`);
      await append(-1, open.manager);
      expect(await open.query('show lock_timeout')).toEqual([{ lock_timeout: '300ms' }]);
      const started = performance.now();
      const other = host.dataSource.createQueryRunner();
      await other.startTransaction();
      await other.query(`set local lock_timeout = '100ms'`);
      await outside(() => expect(append(-2, other.manager)).rejects.toThrow(AppendLockTimeoutError));
      expect(performance.now() - started).toBeLessThan(1_400);
      await other.rollbackTransaction();
      await other.release();
    });

    it('are refused with the cure where they are inside of it, instead of waiting for ever', async () => {
      await append(-1, open.manager);
      for (const stuck of [
        () => append(-2),
        () => host.wallets.update(wallet, (each) => each.pay(-3)),
        () => transaction((manager) => append(-4, manager)),
      ]) {
        const error = await stuck().catch((each: Error) => each);
        expect(error).toBeInstanceOf(AppendInsideTransactionError);
        expect((error as Error).message).toMatch(/\{ manager \}.*at: "commit"/);
      }
      await open.commitTransaction();
      await append(-5);
      expect(await events()).toEqual([-1, -5]);
    });

    it('that wait inside of it, without its manager, hold up no command on the same aggregate', async () => {
      const patient = await startHostApplication(database, { appendLockTimeoutMs: 8_000 });
      const update = () => patient.wallets.update(wallet, (each) => each.pay(1));
      const [locked, others] = [gate(), gate()];
      const started = performance.now();
      const mistaken = patient.dataSource.transaction(async (manager) => {
        await patient.store.appendToStream('note-1', 'any', [new Paid({ amount: 1 })], { manager });
        await locked.wait();
        await others.wait();
        await update();
      });
      const refused = expect(mistaken).rejects.toBeInstanceOf(AppendInsideTransactionError);
      await locked.reached;
      const commands = Promise.all([update(), update()]);
      locked.open();
      await others.reached;
      others.open();
      await refused;
      expect((await commands).map(({ version }) => version)).toEqual([2, 3]);
      expect(performance.now() - started).toBeLessThan(7_000);
      await patient.stop();
    });

    it('go through inside of it where they wait and it does not', async () => {
      await append(-1, open.manager);
      const other = append(-2);
      await open.commitTransaction();
      await other;
      expect(await events()).toEqual([-1, -2]);
    });

    it('do not keep the application from closing', async () => {
      const another = await startHostApplication(database, { appendLockTimeoutMs: 400, poolSize: 3 });
      await append(-1, open.manager);
      await outside(async () => {
        const appends = Array.from({ length: 1_200 }, () =>
          another.store
            .appendToStream(`wallet-${wallet}`, 'any', [new Paid({ amount: -2 })])
            .catch((error: Error) => error),
        );
        const started = performance.now();
        await another.stop();
        expect(performance.now() - started).toBeLessThan(3_000);
        const answers = await Promise.all(appends);
        expect(answers.filter((answer) => !(answer instanceof AppendLockTimeoutError))).toEqual([]);
      });
      await open.commitTransaction();
      expect(await events()).toEqual([-1]);
    });
  });

  describe('in a projection', () => {
    let tallyHost: TallyHost;

    beforeEach(() => createTallies(database));
    afterEach(async () => {
      await tallyHost.stop();
      await database.query('drop table eventfold.tallies');
    });
    const note = () => [{ type: 'noted', data: {} }];

    it('commit with its turn; a conflict, and one that would wait for ever, park the key of their event', async () => {
      const stream = (name: string) => `${name}-${wallet}`;
      tallyHost = await startTallyHost(database, {
        turns: { attempts: 1, retryDelayMs: 1 },
        onEvent: async ({ data: { tally }, version }, turn) => {
          const { manager } = turn;
          if (tally === 'good')
            await tallyHost.store.appendToStream(stream(tally), version - 1, note(), atCommit(manager));
          if (tally === 'late')
            await tallyHost.store.appendToStream(stream(tally), 7, note(), atCommit(manager));
          if (tally !== 'stuck') return;
          await Promise.resolve().then(() =>
            tallyHost.store.appendToStream(stream(tally), 'any', note(), { manager }),
          );
          await tallyHost.store.appendToStream(stream('outside'), 'any', note());
        },
      });
      for (const tally of ['good', 'late', 'stuck', 'good'])
        await tallyHost.folded(await tallyHost.tick(tally));
      expect(await countsOf(database)).toEqual({ good: 2 });
      expect(await tallyHost.store.readStream(stream('good'))).toHaveLength(2);
      for (const name of ['late', 'stuck', 'outside']) {
        expect(await tallyHost.store.readStream(stream(name))).toEqual([]);
      }
      const parked = await database.query('select key, error from eventfold.parked_keys order by key');
      expect(parked).toEqual([
        { key: 'late', error: expect.stringMatching(/is at version 0, not at 7/) },
        { key: 'stuck', error: expect.stringMatching(/without the `manager`/) },
      ]);
    });
  });

  it('cannot be stopped by a role that may only connect, or only read', async () => {
    const role = `stranger_${randomUUID().slice(0, 8)}`;
    await database.query(`create role ${role} login password 'secret'`);
    await database.query(`grant usage on schema eventfold to ${role}`);
    await database.query(`grant select on all tables in schema eventfold to ${role}`);
    const stranger = new Client({
      connectionString: Object.assign(new URL(database.url), { username: role, password: 'secret' }).href,
    });
    await stranger.connect();
    try {
      await stranger.query('begin');
      // The lock that it could take before.
      await stranger.query(
        `select pg_advisory_xact_lock(hashtextextended('eventfold.append:"eventfold"', 0))`,
      );
      await stranger.query('lock table eventfold.append_lock in access share mode');
      await append(-1);
      const lock = stranger.query('lock table eventfold.append_lock in share update exclusive mode');
      await expect(lock).rejects.toThrow('permission denied');
    } finally {
      await stranger.end();
      await database.query(`drop owned by ${role}`);
      await database.query(`drop role ${role}`);
    }
    expect(await events()).toEqual([-1]);
  });
});

describe('the migrations', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let stranger: Client;

  beforeEach(async () => {
    database = await createEmptyDatabase();
    dataSource = await new DataSource(dataSourceOptions(database.url, 'eventfold', 4)).initialize();
    stranger = new Client({ connectionString: database.url, application_name: 'a stranger' });
    await stranger.connect();
  });
  afterEach(async () => {
    await stranger.end();
    await dataSource.destroy();
    await database.drop();
  });
  const keepLock = () => stranger.query(`select pg_advisory_lock(hashtextextended('eventfold.migrate', 0))`);

  it('of a schema that is up to date wait for nobody; others say who keeps them waiting, and give up', async () => {
    await keepLock();
    const refused = migrate(dataSource, 'eventfold', 200);
    await expect(refused).rejects.toThrow(
      /is held by session \d+ \("a stranger", idle for .*pg_terminate_backend/,
    );
    await stranger.query('select pg_advisory_unlock_all()');
    expect(await migrate(dataSource, 'eventfold')).not.toEqual([]);
    await keepLock();
    expect(await migrate(dataSource, 'eventfold', 200)).toEqual([]);
  });

  it('let roles that may append take the new lock, and never let an old append meet a new one', async () => {
    const role = `writer_${randomUUID().slice(0, 8)}`;
    await migrate(dataSource, 'eventfold');
    const since = migrations.slice(migrations.indexOf(AppendLock1763800000030));
    for (const _ of since) await dataSource.undoLastMigration();
    await database.query(`create role ${role}`);
    await database.query(`grant insert on eventfold.events to ${role}`);
    const append = async (name: string, client: Pick<Client, 'query'> = stranger) => {
      const { rows } = await client.query<{ places: string[] }>(
        `select eventfold.append_one($1, 0, gen_random_uuid(), 'a', '{}', '{}') as places`,
        [name],
      );
      return Number(rows[0]!.places[0]) + 1;
    };
    const [late, later] = await Promise.all([1, 2].map(() => connected(database.url)));
    try {
      await stranger.query('begin');
      expect(await append('open')).toBe(1); // by the old function, whose transaction stays open
      const waiting = append('waiting', late); // by the old function, too
      await eventually(async () => expect(await waitingFor(database, 'advisory')).toBe(1));
      const migrated = migrate(dataSource, 'eventfold');
      await eventually(async () => {
        const [row] = await database.query<{ count: number }>(
          `select count(*)::integer as count from eventfold.migrations where name like 'AppendLock%'`,
        );
        expect(row!.count).toBe(1); // the second waits for the old appends
        expect(await waitingFor(database, 'advisory')).toBe(2);
      });
      const renewed = append('renewed', later);
      await eventually(async () => expect(await waitingFor(database, 'advisory')).toBe(3));
      await stranger.query('commit');
      expect(await Promise.all([waiting, renewed])).toEqual([2, 3]);
      expect(await migrated).toHaveLength(since.length);
      expect(await append('after')).toBe(4);
      const [rights] = await database.query(
        `select has_table_privilege('${role}', 'eventfold.append_lock', 'update') as may`,
      );
      expect(rights).toEqual({ may: true });
    } finally {
      await Promise.all([late, later].map((client) => client!.end()));
      await database.query(`drop owned by ${role}`);
      await database.query(`drop role ${role}`);
    }
  });
});

async function connected(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  await client.connect();
  return client;
}

async function waitingFor(database: TestDatabase, locktype: string): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    `select count(*)::integer as count from pg_locks join pg_stat_activity using (pid)
      where not granted and locktype = $1 and datname = current_database()`,
    [locktype],
  );
  return row!.count;
}

/** Runs like a request of another sender: in an async context that knows nothing of the test before. */
const outside = <Result>(work: () => Promise<Result>): Promise<Result> => fresh(work);
const fresh = AsyncLocalStorage.snapshot() as <Result>(work: () => Promise<Result>) => Promise<Result>;
