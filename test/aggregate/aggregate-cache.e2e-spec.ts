import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import {
  ConcurrencyError,
  EventRegistry,
  EventStore,
  type Recorded,
} from '../../src/event-sourcing/index.js';
import { AggregateCache } from '../../src/event-sourcing/aggregate/aggregate-cache.js';
import { UserRepository } from '../../src/users/user.repository.js';
import { UserRefused } from '../../src/users/user.errors.js';
import { PLANS, type Plan, type UserEvent } from '../../src/users/user.events.js';
import { User } from '../../src/users/user.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startOn } from '../support/http/test-service.js';

type Instance = Awaited<ReturnType<typeof startOn>>;

let database: TestDatabase;
let instances: Instance[];
const repository = (instance: number) => instances[instance]!.app.get(UserRepository);

/** Two instances on one database. The cache of one does not know the commands of the other. */
async function startTwo(environment: NodeJS.ProcessEnv): Promise<void> {
  database = await createTestDatabase();
  instances = await Promise.all(
    [1, 2].map(() => startOn(database.url, { PROJECTIONS: 'off', ...environment })),
  );
}

async function stopTwo(): Promise<void> {
  await Promise.all(instances.map((instance) => instance.stop()));
  await database.drop();
}

async function register(instance: number): Promise<string> {
  const id = randomUUID();
  await repository(instance).create(User.register(id, `${id}@example.org`, 'Ada', []));
  return id;
}

describe('a hot command', () => {
  beforeEach(() => startTwo({}));
  afterEach(async () => {
    jest.restoreAllMocks();
    await stopTwo();
  });

  it('finds no state of a load that began before all were dropped, as at a failover', async () => {
    const id = await register(0);
    const cache = instances[0]!.app.get(AggregateCache);
    cache.clear();
    const loading = repository(0).find(id);
    cache.clear();
    expect(await loading).toMatchObject({ version: 1 });
    expect(cache.get(`user-${id}`)).toBeUndefined();
    await repository(0).find(id);
    expect(cache.get(`user-${id}`)).toMatchObject({ version: 1 });
  });

  /** The calls of the log's functions during some work, and its question for newer events. */
  async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
    const query = jest.spyOn(Client.prototype, 'query');
    await work();
    const texts = query.mock.calls.map(([sent]: unknown[]) =>
      typeof sent === 'string' ? sent : (sent as { text: string }).text,
    );
    query.mockRestore();
    return texts.flatMap((text) => /append_\w+|read_tail|newer_than/.exec(text)?.[0] ?? []);
  }

  it('is one statement, and one more read when another instance was faster', async () => {
    const id = await register(0);
    const flip = (user: User) => (user.state.isActive ? user.deactivate() : user.reactivate());
    expect(await statementsOf(() => repository(0).update(id, flip))).toEqual(['append_one']);
    expect(await statementsOf(() => repository(1).update(id, flip))).toEqual(['read_tail', 'append_one']);
    expect(await statementsOf(() => repository(0).update(id, flip))).toEqual([
      'append_one',
      'append_within', // reports a conflict
      'read_tail',
      'append_one',
    ]);
  });

  it('that refuses, or has nothing to do, is one read', async () => {
    const id = await register(0);
    const refuse = () => expect(repository(0).update(id, (user) => user.reactivate())).rejects.toThrow();
    expect(await statementsOf(refuse)).toEqual(['newer_than']);
    const idle = () => repository(0).update(id, (user) => user.updatePreferences([]));
    expect(await statementsOf(idle)).toEqual(['newer_than']);
  });

  it('loads each time where the cache is off', async () => {
    await Promise.all(instances.map((instance) => instance.stop()));
    instances = await Promise.all(
      [1, 2].map(() => startOn(database.url, { PROJECTIONS: 'off', AGGREGATE_CACHE_SIZE: '0' })),
    );
    const id = await register(0);
    expect(await statementsOf(() => repository(0).update(id, (user) => user.deactivate()))).toEqual([
      'read_tail',
      'append_one',
    ]);
  });
});

/** The kind of command, which changes a user. */
type Rule =
  | { kind: 'subscribe'; plan: Plan }
  | { kind: 'prefer'; preferences: string[] }
  | { kind: 'deactivate' }
  | { kind: 'reactivate' };

interface Command {
  instance: number;
  user: number;
  rule: Rule;
  /** `If-Match`: how far the named version is behind the one at the start of the round. */
  ifMatch: number | undefined;
}

function decide(user: User, rule: Rule): void {
  if (rule.kind === 'subscribe') return user.subscribeToPlan(rule.plan, 'invoice');
  if (rule.kind === 'prefer') return user.updatePreferences(rule.preferences);
  return user[rule.kind]();
}

/** The outcome of a command: the events it appended at a version, a refusal, a conflict. */
type Outcome = { code: 'appended' | 'unchanged'; version: number } | { code: string; version?: undefined };

async function send({ instance, rule }: Command, id: string, expectedVersion?: number): Promise<Outcome> {
  try {
    let raised = 0;
    const user = await repository(instance).update(
      id,
      (current) => {
        decide(current, rule);
        raised = current.uncommittedEvents.length;
      },
      { expectedVersion },
    );
    return { code: raised > 0 ? 'appended' : 'unchanged', version: user.version };
  } catch (error) {
    if (error instanceof UserRefused || error instanceof ConcurrencyError) return { code: error.code };
    throw error;
  }
}

/** The outcome by the rule, on the state of the log. */
function outcomeOn(user: User, rule: Rule): { code: string; event?: { type: string; data: object } } {
  try {
    decide(user, rule);
  } catch (error) {
    return { code: (error as UserRefused).code };
  }
  const [event] = user.uncommittedEvents;
  return event ? { code: 'appended', event: { type: event.type, data: event.data } } : { code: 'unchanged' };
}

const rules: fc.Arbitrary<Rule> = fc.oneof(
  fc.record({ kind: fc.constant('subscribe' as const), plan: fc.constantFrom(...PLANS.slice(0, 2)) }),
  fc.record({
    kind: fc.constant('prefer' as const),
    preferences: fc.subarray(['drama', 'comedy'], { minLength: 1 }),
  }),
  fc.record({ kind: fc.constantFrom('deactivate' as const, 'reactivate' as const) }),
);
const commands: fc.Arbitrary<Command> = fc.record({
  instance: fc.nat(1),
  user: fc.nat(1),
  rule: rules,
  ifMatch: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, fc.nat(1)),
});
/** The commands of a round are sent at once. Rounds follow each other. A round of one command has an exact answer. */
const histories = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.array(commands, { minLength: 1, maxLength: 1 }) },
    fc.array(commands, { minLength: 2, maxLength: 4 }),
  ),
  { minLength: 1, maxLength: 12 },
);

describe('two instances with caches', () => {
  // One try, so that a stale cache would show as a conflict; three users, room for two.
  beforeAll(() => startTwo({ SNAPSHOT_EVERY: '3', AGGREGATE_CACHE_SIZE: '2', RETRY_MAX_ATTEMPTS: '1' }));
  afterAll(stopTwo);

  /** The user after the first events of the log, without any repository. */
  async function userAt(id: string, version: number): Promise<User> {
    const store = instances[0]!.app.get(EventStore);
    const registry = instances[0]!.app.get(EventRegistry);
    const user = new User(id);
    const events = await store.readStream(`user-${id}`, { maxCount: version });
    await registry.prepare(events);
    for (const stored of events) {
      user.replay(registry.revive(stored) as Recorded<UserEvent>);
    }
    return user;
  }

  const versionOf = async (id: string) => (await userAt(id, 1_000)).version;
  const eventAt = async (id: string, version: number) =>
    (
      await instances[0]!.app.get(EventStore).readStream(`user-${id}`, { fromVersion: version, maxCount: 1 })
    )[0]!;

  /**
   * @param from the version of the user before the round
   * @param to the version after it
   */
  async function expectRight(
    { rule }: Command,
    expected: number | undefined,
    outcome: Outcome,
    { id, from, to }: { id: string; from: number; to: number },
  ): Promise<void> {
    if (outcome.code === 'appended') {
      const { type, data } = await eventAt(id, outcome.version!);
      const before = await userAt(id, outcome.version! - 1);
      expect([undefined, before.version]).toContain(expected);
      expect(outcomeOn(before, rule)).toEqual({ code: 'appended', event: { type, data } });
      return;
    }
    const possible: string[] = [];
    for (let version = from; version <= to; version++) {
      if (outcome.version !== undefined && outcome.version !== version) continue;
      const isMismatch = expected !== undefined && expected !== version;
      possible.push(isMismatch ? 'version-mismatch' : outcomeOn(await userAt(id, version), rule).code);
    }
    // A command that met others may have lost to them. A command that was alone cannot lose.
    if (to > from) possible.push(expected === undefined ? 'version-conflict' : 'version-mismatch');
    expect(possible).toContain(outcome.code);
  }

  async function runRound(round: Command[], ids: string[]): Promise<void> {
    const from = await Promise.all(ids.map(versionOf));
    const expected = round.map(({ user, ifMatch }) =>
      ifMatch === undefined ? undefined : from[user]! - ifMatch,
    );
    const outcomes = await Promise.all(
      round.map((command, index) => send(command, ids[command.user]!, expected[index])),
    );
    const to = await Promise.all(ids.map(versionOf));
    for (const [index, command] of round.entries()) {
      const { user } = command;
      const stream = { id: ids[user]!, from: from[user]!, to: to[user]! };
      await expectRight(command, expected[index], outcomes[index]!, stream);
    }
    const appended = outcomes.filter(({ code }) => code === 'appended').length;
    expect(to.reduce((sum, version, user) => sum + version - from[user]!, 0)).toBe(appended);
  }

  it('decide as if each command read the log: no wrong decision, no wrong refusal, no conflict with nobody', async () => {
    const property = fc.asyncProperty(histories, async (rounds) => {
      const ids = [await register(0), await register(1)];
      for (const round of rounds) await runRound(round, ids);
      for (const id of ids) {
        const truth = await userAt(id, 1_000);
        for (const instance of [0, 1]) {
          const found = await repository(instance).find(id);
          expect(found).toMatchObject({
            version: truth.version,
            position: truth.position,
            state: truth.state,
          });
        }
      }
    });
    await fc.assert(property, {
      seed: 1_763_800,
      numRuns: 40,
      interruptAfterTimeLimit: 20_000,
      endOnFailure: true,
    });
  });
});
