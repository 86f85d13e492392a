/** Commands that meet on one aggregate while appends fail, or their answers are lost. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import {
  AggregateRoot,
  DomainEvent,
  type EventSourcedRepository,
  EventSourcingModule,
  EventStore,
  type Evolve,
  getAggregatesToken,
} from '../../src/event-sourcing/index.js';
import { IdempotencyKeys } from '../../src/event-sourcing/for-service.js';
import { Telemetry } from '../../src/event-sourcing/telemetry/telemetry.js';
import { startTestApplication } from '../../src/testing/index.js';
import { FlakyLine } from '../support/servers/flaky-line.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const LOCK_TIMEOUT_MS = 1_500;

/** Each event has the state on which it was decided. */
class Moved extends DomainEvent<'account.moved', { by: number; seen: number }> {
  static readonly type = 'account.moved';
  readonly type = Moved.type;
}

class Refused extends Error {}

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

  move(by: number, eventId?: string): void {
    this.raise(new Moved({ by, seen: this.state.total }, eventId));
  }

  refuseAbove(limit: number): void {
    if (this.state.total > limit) throw new Refused(`refused at ${this.state.total}`);
  }
}

describe('commands on one aggregate', () => {
  let database: TestDatabase;
  let line: FlakyLine;
  let app: INestApplicationContext;
  let accounts: EventSourcedRepository<Account>;
  let decidedAgain: number;

  beforeEach(async () => {
    database = await createTestDatabase();
    line = await FlakyLine.to(database.url);
    app = await startTestApplication(line.url, {
      eventSourcing: { appendLockTimeoutMs: LOCK_TIMEOUT_MS },
      imports: [EventSourcingModule.forFeature({ aggregates: [Account] })],
    });
    accounts = app.get(getAggregatesToken(Account), { strict: false });
    decidedAgain = 0;
    app.get(Telemetry, { strict: false }).observe({ decidedAgain: () => void decidedAgain++ });
  });
  afterEach(async () => {
    await app.close();
    await line.close();
    await database.drop();
  });

  async function open(): Promise<string> {
    const id = randomUUID();
    await accounts.create(Account.open(id));
    return id;
  }
  const move = (id: string, by: number, eventId?: string) =>
    accounts.update(id, (account) => account.move(by, eventId));
  const underKey = async (key: string, id: string, by: number) => {
    const { result } = await app.get(IdempotencyKeys, { strict: false }).once(
      { key, fingerprint: 'f' },
      async () => ({ version: (await move(id, by)).version }),
      ({ events }) => ({ version: events.at(-1)!.version }),
    );
    return result;
  };
  const movesOf = async (id: string) =>
    (await app.get(EventStore, { strict: false }).readStream(`account-${id}`)).map(
      ({ data }) => (data as { by: number }).by,
    );
  /** @throws Error when an event was decided on another state than that of the events before it */
  async function requireDecidedOnStored(id: string): Promise<void> {
    const events = await app.get(EventStore, { strict: false }).readStream(`account-${id}`);
    let total = 0;
    for (const { data, version } of events) {
      const { by, seen } = data as { by: number; seen: number };
      if (seen !== total)
        throw new Error(`Version ${version} was decided at ${seen}, and the state was ${total}.`);
      total += by;
    }
  }
  const codesOf = (outcomes: PromiseSettledResult<unknown>[]) =>
    outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'done'));

  /** Another transaction locks the log, when those who wait for it already have had it. */
  async function lockLog(): Promise<() => Promise<void>> {
    const runner = app.get(DataSource, { strict: false }).createQueryRunner();
    await runner.startTransaction();
    await runner.query('lock table eventfold.append_lock in share update exclusive mode');
    return async () => {
      await runner.commitTransaction();
      await runner.release();
    };
  }

  it.each([
    ['without a key', (id: string) => move(id, 1)],
    ['the first with a key', (id: string) => underKey('k', id, 1)],
  ])('take effect once when the answer to their batch is lost, %s', async (_, first) => {
    const [id, other] = [await open(), await open()];
    line.loseAnswerTo('10000');
    const outcomes = await Promise.all([move(other, 1), first(id), move(id, 100), move(id, 10_000)]);
    expect(outcomes.map(({ version }) => version)).toEqual([2, 2, 3, 4]);
    expect(await movesOf(id)).toEqual([0, 1, 100, 10_000]);
  });

  it('decide again when their batch is lost on its way, and a stranger appends meanwhile', async () => {
    const [id, other] = [await open(), await open()];
    line.loseMessage('10000', async () => {
      const stranger = await startTestApplication(database.url, {
        imports: [EventSourcingModule.forFeature({ aggregates: [Account] })],
      });
      const elsewhere: typeof accounts = stranger.get(getAggregatesToken(Account), { strict: false });
      await elsewhere.update(id, (account) => account.move(5));
      await stranger.close();
    });
    const outcomes = await Promise.all([move(other, 1), move(id, 1), move(id, 100), move(id, 10_000)]);
    expect(outcomes.map(({ version }) => version)).toEqual([2, 3, 4, 5]);
    expect(await movesOf(id)).toEqual([0, 5, 1, 100, 10_000]);
    await requireDecidedOnStored(id);
  });

  it('do not say that nothing was appended when the answer is lost, and then the log is locked', async () => {
    const id = await open();
    const letGo = await lockLog();
    line.loseAnswerTo('10000');
    const moving = move(id, 10_000).catch((error: unknown) => error);
    await sleep(200); // it waits for the lock
    const lockedAgain = lockLog();
    await sleep(200);
    await letGo();
    const error = await moving;
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toMatchObject({ code: 'append-lock-timeout' });
    await (
      await lockedAgain
    )();
    expect(await movesOf(id)).toEqual([0, 10_000]);
  });

  it('wait for the lock of the log twice at most', async () => {
    const id = await open();
    const letGo = await lockLog();
    const start = performance.now();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, number) => sleep(20 * number).then(() => move(id, 1))),
    );
    expect(performance.now() - start).toBeLessThan(5 * LOCK_TIMEOUT_MS);
    expect(codesOf(outcomes)).toEqual(Array(8).fill('append-lock-timeout'));
    await letGo();
    expect(await movesOf(id)).toEqual([0]);
  });

  it('decide again a few times each, when many appends among them fail', async () => {
    const id = await open();
    const keys = Array.from({ length: 60 }, (_, number) => `k${number}`);
    for (const key of keys) await underKey(key, id, 1);
    decidedAgain = 0;
    await Promise.all(keys.flatMap((key) => [underKey(key, id, 1), move(id, 1)]));
    expect(await movesOf(id)).toHaveLength(1 + 2 * keys.length);
    expect(decidedAgain).toBeLessThan(6 * 2 * keys.length);
  });

  it('wait for each other, however many there are, as long as each decision is short', async () => {
    const id = await open();
    const slowly = () => accounts.update(id, (account) => sleep(100).then(() => account.move(1)));
    expect(codesOf(await Promise.allSettled(Array.from({ length: 25 }, slowly)))).toEqual(
      Array(25).fill('done'),
    );
    expect(await movesOf(id)).toHaveLength(26);
    expect(decidedAgain).toBe(0);
  });

  it('go on behind a decision that never ends', async () => {
    const id = await open();
    void accounts.update(id, () => new Promise<void>(() => undefined));
    await move(id, 1);
    const start = performance.now();
    for (let number = 0; number < 5; number++) await move(id, 1);
    expect(performance.now() - start).toBeLessThan(3_000); // each waited for a second
  });

  it('are told on a stored state when an event before them repeats an earlier one', async () => {
    const id = await open();
    const eventId = randomUUID();
    await move(id, 10, eventId);
    const refusing = (after: (account: Account) => void) =>
      accounts.update(id, (account) => {
        account.refuseAbove(10);
        after(account);
      });
    const outcomes = await Promise.allSettled([
      move(id, 10, eventId),
      refusing(() => undefined),
      refusing((account) => account.move(0)),
    ]);
    expect(codesOf(outcomes)).toEqual(['done', 'done', 'done']);
    expect(await movesOf(id)).toEqual([0, 10, 0]);
  });

  it('get their turn beside others that repeat an event without a pause', async () => {
    const id = await open();
    const eventId = randomUUID();
    await move(id, 1, eventId);
    const over = new AbortController();
    const repeaters = Array.from({ length: 8 }, async () => {
      while (!over.signal.aborted) await move(id, 1, eventId);
    });
    for (let number = 0; number < 20; number++) await move(id, 1);
    over.abort();
    await Promise.all(repeaters);
    expect(await movesOf(id)).toHaveLength(22);
  });
});
