import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../bench/simulate/random.js';
import {
  AggregateRoot,
  DomainEvent,
  type EventSourcedRepository,
  EventSourcingModule,
  EventStore,
  type Evolve,
  getAggregatesToken,
  VersionMismatchError,
} from '../../src/event-sourcing/index.js';
import { PreparedQueries } from '../../src/event-sourcing/postgres/prepared-queries.js';
import { Telemetry } from '../../src/event-sourcing/telemetry/telemetry.js';
import { startTestApplication } from '../../src/testing/index.js';
import { readLog } from '../support/log/plain-fold.js';
import { gapsOf } from '../support/log/stubborn-load.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const LIMIT = 50;

/** Each event has the state on which it was decided. */
class Moved extends DomainEvent<'account.moved', { by: number; seen: number; atVersion: number }> {
  static readonly type = 'account.moved';
  readonly type = Moved.type;
}

class TooMuch extends Error {
  constructor(
    readonly seen: number,
    readonly atVersion: number,
  ) {
    super(`Not beyond ${LIMIT}`);
  }
}

class Account extends AggregateRoot<{ total: number }, Moved> {
  static readonly stream = 'account';
  static readonly events = [Moved];
  protected readonly initialState = { total: 0 };
  protected readonly evolve: Evolve<{ total: number }, Moved> = {
    'account.moved': ({ total }, { data }) => ({ total: total + data.by }),
  };

  static open(id: string): Account {
    const account = new Account(id);
    account.move(0);
    return account;
  }

  move(by: number): void {
    const { total: seen } = this.state;
    const atVersion = this.version + this.uncommittedEvents.length;
    if (Math.abs(seen + by) > LIMIT) throw new TooMuch(seen, atVersion);
    this.raise(new Moved({ by, seen, atVersion }));
  }
}

interface Instance {
  app: INestApplicationContext;
  accounts: EventSourcedRepository<Account>;
  repeated: number;
}

describe('commands that meet on one aggregate', () => {
  let database: TestDatabase;
  let instances: Instance[];

  beforeAll(async () => {
    database = await createTestDatabase();
    instances = await Promise.all([1, 2].map(start));
  });
  afterAll(async () => {
    await Promise.all(instances.map(({ app }) => app.close()));
    await database.drop();
  });

  async function start(): Promise<Instance> {
    const app = await startTestApplication(database.url, {
      imports: [EventSourcingModule.forFeature({ aggregates: [Account] })],
    });
    const instance = { app, accounts: app.get(getAggregatesToken(Account), { strict: false }), repeated: 0 };
    app.get(Telemetry, { strict: false }).observe({ decidedAgain: () => void instance.repeated++ });
    return instance;
  }

  async function open(): Promise<string> {
    const id = randomUUID();
    await instances[0]!.accounts.create(Account.open(id));
    return id;
  }

  const eventsOf = (id: string) =>
    instances[0]!.app.get(EventStore).readStream(`account-${id}`, { maxCount: 5_000 });

  /** Every event was decided on the state after all events before it. */
  async function expectSequence(id: string): Promise<Map<number, number>> {
    const totals = new Map<number, number>([[0, 0]]);
    let total = 0;
    for (const { version, data } of await eventsOf(id)) {
      const { by, seen, atVersion } = data as { by: number; seen: number; atVersion: number };
      expect({ version, seen, atVersion }).toEqual({ version, seen: total, atVersion: version - 1 });
      totals.set(version, (total += by));
    }
    return totals;
  }

  it('each decide once, one after the other, and none meets a conflict', async () => {
    const id = await open();
    const [{ accounts }] = instances as [Instance];
    instances[0]!.repeated = 0;
    const steps = Array.from({ length: 300 }, (_, number) => (number % 2 === 0 ? 1 : -1));
    const done = await Promise.all(steps.map((by) => accounts.update(id, (account) => account.move(by))));
    expect(done.map(({ version }) => version).toSorted((a, b) => a - b)).toEqual(
      steps.map((_, number) => number + 2),
    );
    const events = new Map((await eventsOf(id)).map(({ version, position }) => [version, position]));
    expect(done.map(({ position }) => position)).toEqual(done.map(({ version }) => events.get(version)));
    expect(instances[0]!.repeated).toBeLessThanOrEqual(1);
    await expectSequence(id);
  });

  it('share their commits', async () => {
    const id = await open();
    const [{ app, accounts }] = instances as [Instance];
    let batches = 0;
    const end = app.get(Telemetry, { strict: false }).observe({ batchSent: () => void batches++ });
    await Promise.all(Array.from({ length: 200 }, () => accounts.update(id, (account) => account.move(0))));
    end();
    expect(batches).toBeLessThan(20);
  });

  it('are told a refusal, and that there was nothing to do, of a state that is stored', async () => {
    const id = await open();
    const [{ accounts }] = instances as [Instance];
    const outcomes = await Promise.all(
      Array.from({ length: 120 }, () =>
        accounts
          .update(id, (account) => account.move(1))
          .then(({ version, position }) => ({ version, position }))
          .catch((error: TooMuch) => error),
      ),
    );
    const refused = outcomes.filter((outcome) => outcome instanceof TooMuch);
    expect(refused).toHaveLength(120 - LIMIT);
    expect(refused.every(({ seen, atVersion }) => seen === LIMIT && atVersion === LIMIT + 1)).toBe(true);
    const idle = await accounts.update(id, () => undefined);
    expect(idle.position).toBe((await eventsOf(id)).at(-1)!.position);
  });

  it('share the reads that tell whether a refusal is of the current state', async () => {
    const id = await open();
    const [{ app, accounts }, rival] = instances as [Instance, Instance];
    await accounts.update(id, (account) => account.move(LIMIT));
    const reads = jest.spyOn(app.get(PreparedQueries, { strict: false }), 'query');
    const refusedAt = async (version: number) => {
      const move = () => accounts.update(id, (account) => account.move(1));
      const outcomes = await Promise.allSettled(Array.from({ length: 200 }, move));
      const reasons = outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason);
      expect(new Set(reasons.map(({ atVersion }) => atVersion))).toEqual(new Set([version]));
      return reasons;
    };
    await refusedAt(2);
    expect(reads.mock.calls.length).toBeLessThan(10);
    reads.mockRestore();
    await rival.accounts.update(id, (account) => account.move(0)); // the state in the cache is behind now
    await refusedAt(3);
  });

  it('decide again, in their order, when what they were decided on is not stored', async () => {
    const id = await open();
    const [{ accounts }] = instances as [Instance];
    instances[0]!.repeated = 0;
    const taken = [{ streamId: `account-${id}`, expectedVersion: 'no-stream' as const, events: [] }];
    const doomed = accounts.update(id, (account) => account.move(5), {
      alongside: taken.map((append) => ({
        ...append,
        streamId: `name-${id}`,
        expectedVersion: 7,
        events: [new Moved({ by: 0, seen: 0, atVersion: 0 })],
      })),
    });
    const others = Array.from({ length: 20 }, () => accounts.update(id, (account) => account.move(1)));
    await expect(doomed).rejects.toMatchObject({ streamId: `name-${id}`, code: 'version-conflict' });
    expect((await Promise.all(others)).map(({ version }) => version)).toEqual(others.map((_, at) => at + 2));
    expect(instances[0]!.repeated).toBeGreaterThan(0);
    await expectSequence(id);
  });

  it('keep the meaning of an expected version', async () => {
    const id = await open();
    const [{ accounts }] = instances as [Instance];
    const moves = Array.from({ length: 10 }, () =>
      accounts
        .update(id, (account) => account.move(1), { expectedVersion: 1 })
        .catch((error: Error) => error),
    );
    const outcomes = await Promise.all(moves);
    expect(outcomes.filter((outcome) => outcome instanceof VersionMismatchError)).toHaveLength(9);
    expect(outcomes.filter((outcome) => outcome instanceof Account)).toHaveLength(1);
  });

  it('go past a decision that awaits something for long', async () => {
    const id = await open();
    const [{ accounts }] = instances as [Instance];
    let tries = 0;
    const slow = accounts.update(id, async (account) => {
      if (tries++ === 0) await sleep(3_000);
      account.move(10);
    });
    const started = performance.now();
    await Promise.all(Array.from({ length: 5 }, () => accounts.update(id, (account) => account.move(1))));
    expect(performance.now() - started).toBeLessThan(2_900);
    expect((await slow).state.total).toBe(15);
    await expectSequence(id);
  });

  it('are told that the application is closing, where they have not decided by then', async () => {
    const id = await open();
    const { app, accounts } = await start();
    await accounts.find(id);
    const move = async (account: Account) => {
      await sleep(2);
      account.move(0);
    };
    const moves = Array.from({ length: 100 }, () =>
      accounts.update(id, move).then(
        () => 'stored',
        ({ code, message }) => (code ?? message) as string,
      ),
    );
    await moves[0];
    await app.close();
    const outcomes = await Promise.all(moves);
    expect(outcomes.filter((outcome) => !['stored', 'stopping'].includes(outcome))).toEqual([]);
    expect(await eventsOf(id)).toHaveLength(1 + outcomes.filter((outcome) => outcome === 'stored').length);
  });

  it('leave nothing behind when they are over', async () => {
    const lines = instances.map(({ accounts }) => (accounts as any).lines.lines as Map<string, unknown>);
    expect(lines.map(({ size }) => size)).toEqual([0, 0]);
  });

  it('of two instances are as if one after the other had been decided, whatever they come to', async () => {
    const seed = Number(process.env.HOT_SEED ?? randomInt(2 ** 31));
    const random = new Random(String(seed));
    const ids = await Promise.all([open(), open(), open()]);
    const refusals: { id: string; seen: number; atVersion: number }[] = [];
    let conflicts = 0;
    let done = 0;
    const client = async (instance: Instance) => {
      for (let command = 0; command < 60; command++) {
        const id = random.pick(ids);
        const by = random.integer(-20, 20);
        const pauses = random.chance(0.1);
        try {
          await instance.accounts.update(id, async (account) => {
            if (pauses) await sleep(random.integer(0, 3));
            if (by % 7 !== 0) account.move(by);
          });
          done++;
        } catch (error) {
          if (error instanceof TooMuch) refusals.push({ id, seen: error.seen, atVersion: error.atVersion });
          else if ((error as { code?: string }).code === 'version-conflict') conflicts++;
          else throw error;
        }
      }
    };
    await Promise.all(instances.flatMap((instance) => Array.from({ length: 8 }, () => client(instance))));
    for (const id of ids) {
      const totals = await expectSequence(id);
      for (const { seen, atVersion } of refusals.filter((refusal) => refusal.id === id))
        expect({ seed, total: totals.get(atVersion) }).toEqual({ seed, total: seen });
    }
    expect(gapsOf(await readLog(database))).toEqual([]);
    expect(conflicts).toBeLessThan((done + refusals.length) / 50);
  });
});
