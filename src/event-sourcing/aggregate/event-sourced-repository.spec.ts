import { beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { AggregateCache } from './aggregate-cache.js';
import { AggregateLoader } from './aggregate-loader.js';
import { AggregateRoot, type Evolve } from './aggregate-root.js';
import { DecisionLines } from './decision-lines.js';
import { DomainEvent, type StoredEvent } from '../event/domain-event.js';
import { ConcurrencyError, VersionMismatchError } from '../log/append/append-errors.js';
import { EventRegistry } from '../event/event-registry.js';
import { EventSourcedRepository } from './event-sourced-repository.js';
import type { LogWriter } from '../log/append/log-writer.js';
import type { AppendOptions, AppendResult, StreamAppend } from '../log/append/append.js';
import type { CurrentTransaction } from '../log/append/current-transaction.js';
import type { EventStore } from '../log/event-store.js';
import type { NewerEvents } from '../log/newer-events.js';
import type { EventSourcingOptions } from '../options/event-sourcing-options.js';
import { ResolvedOptions } from '../options.js';
import type { Database } from '../postgres/database.js';
import { Snapshots } from './snapshot/snapshots.js';
import { Telemetry } from '../telemetry/telemetry.js';

class Counted extends DomainEvent<'counter.counted', { by: number }> {
  static readonly type = 'counter.counted';
  readonly type = Counted.type;
}

class Counter extends AggregateRoot<{ total: number }, Counted> {
  static readonly stream = 'counter';
  static readonly events = [Counted];
  protected readonly initialState = { total: 0 };

  /** Never beyond 10. */
  count(by: number): void {
    if (this.state.total + by > 10) throw new RangeError(`${this.state.total} + ${by} is too much.`);
    this.raise(new Counted({ by }));
  }

  protected readonly evolve: Evolve<{ total: number }, Counted> = {
    'counter.counted': ({ total }, { data }) => ({ total: total + data.by }),
  };
}

class Counters extends EventSourcedRepository<Counter> {
  protected readonly aggregateClass = Counter;

  protected override notFound(id: string): never {
    throw new Error(`No counter ${id}.`);
  }
}

/** The part of the event store that repositories use, in memory. One event a minute. */
class MemoryEventStore implements Pick<
  EventStore,
  'readStream' | 'readStreamPart' | 'appendToStreams' | 'appendDecision' | 'versionAt' | 'pendingEvents'
> {
  readonly log: StoredEvent[] = [];
  readonly managers: (EntityManager | undefined)[] = [];

  /** Versions from which streams were read, or looked at for newer events. */
  readonly reads: number[] = [];
  /** Whether the next append loses its connection before its answer comes. */
  loseAnswer = false;

  async readStream(streamId: string, options: { fromVersion?: number } = {}, manager?: EntityManager) {
    this.managers.push(manager);
    this.reads.push(options.fromVersion ?? 1);
    return this.stream(streamId).filter(({ version }) => version >= (options.fromVersion ?? 1));
  }

  async readStreamPart(...range: Parameters<MemoryEventStore['readStream']>) {
    return { events: await this.readStream(...range), isCut: false };
  }

  pendingEvents(): [] {
    return [];
  }

  async versionAt(streamId: string, instant: Date): Promise<number> {
    return this.stream(streamId).filter(({ timestamp }) => timestamp <= instant).length;
  }

  /** Appends at once, whatever the options say. */
  async appendToStreams(appends: readonly StreamAppend[], options?: unknown): Promise<any> {
    this.managers.push((options as AppendOptions | undefined)?.manager);
    for (const { streamId, expectedVersion } of appends) {
      const { length: actual } = this.stream(streamId);
      const expected = expectedVersion === 'no-stream' ? 0 : (expectedVersion as number);
      if (actual !== expected) throw new ConcurrencyError(streamId, expected, actual);
    }
    for (const { streamId, events } of appends) for (const event of events) this.push(streamId, event);
    if (this.loseAnswer) throw new Error('Connection lost');
    return { ...this.log.at(-1)!, verdict: 'appended' } satisfies AppendResult;
  }

  async areThere(streamId: string, after: number): Promise<boolean> {
    this.reads.push(after + 1);
    return this.stream(streamId).length > after;
  }

  appendDecision(appends: readonly StreamAppend[]): Promise<any> {
    return this.appendToStreams(appends);
  }

  private stream(streamId: string): StoredEvent[] {
    return this.log.filter((event) => event.streamId === streamId);
  }

  private push(streamId: string, { type, data }: { type: string; data: object }): void {
    const position = this.log.length + 1;
    this.log.push({
      position,
      streamId,
      version: this.log.filter((event) => event.streamId === streamId).length + 1,
      eventId: `event-${position}`,
      type,
      data,
      metadata: { correlationId: 'test', causationId: 'test', schemaVersion: 1 },
      timestamp: new Date(position * 60_000),
    });
  }
}

let store: MemoryEventStore;
let counters: Counters;
const current = {} as CurrentTransaction;

/** Counter 1 is at version 2, with a total of 3. */
async function setUp(cache: EventSourcingOptions['cache']): Promise<void> {
  store = new MemoryEventStore();
  const registry = new EventRegistry();
  registry.register(Counted);
  const options = new ResolvedOptions({ retry: { baseDelayMs: 0 }, cache, snapshots: false });
  const snapshots = new Snapshots({} as Database, options);
  const loader = new AggregateLoader(
    store as unknown as EventStore,
    registry,
    new AggregateCache(options),
    snapshots,
    current,
    store as unknown as NewerEvents,
  );
  const lines = new DecisionLines(options);
  const writer = { isLockedAround: false, requireOpen: () => undefined } as unknown as LogWriter;
  const parts = { store, writer, loader, lines, options, telemetry: new Telemetry(), current };
  counters = Object.assign(new Counters(), parts);
  await countAsRival(1, 0);
  await countAsRival(2, 1);
  store.managers.length = 0;
}

/** A rival appends to counter 1. */
const countAsRival = (by: number, expectedVersion: number) =>
  store.appendToStreams([{ streamId: 'counter-1', expectedVersion, events: [new Counted({ by })] }]);

/** A decision during which a rival counts, for the first `times` calls. */
function interrupted(decide: (counter: Counter) => void, times = Infinity) {
  const seen: number[] = [];
  return {
    seen,
    decide: async (counter: Counter) => {
      seen.push(counter.state.total);
      if (seen.length <= times) await countAsRival(1, counter.version);
      decide(counter);
    },
  };
}

describe.each<[string, EventSourcingOptions['cache']]>([
  ['without a cache', false],
  ['with a cache', { maxAggregates: 10 }],
])('a repository %s', (_, cache) => {
  beforeEach(() => setUp(cache));

  it('loads an aggregate with its state, version and position', async () => {
    const counter = await counters.find('1');
    expect(counter).toMatchObject({ id: '1', version: 2, position: 2, state: { total: 3 } });
  });

  it('finds nothing under an id without events', async () => {
    await expect(counters.find('2')).resolves.toBeUndefined();
    await expect(counters.exists('2')).resolves.toBe(false);
    await expect(counters.exists('1')).resolves.toBe(true);
  });

  it.each([
    [0, undefined],
    [1, 1],
    [2, 3],
    [3, undefined],
  ])('shows the aggregate as it was at version %d', async (version, total) => {
    expect((await counters.findAtVersion('1', version))?.state.total).toBe(total);
  });

  it.each([
    ['00:00:59', undefined],
    ['00:01:00', 1],
    ['00:01:59', 1],
    ['00:02:00', 3],
    ['23:59:59', 3],
  ])('shows the aggregate as it was at %s', async (time, total) => {
    const found = await counters.findAt('1', new Date(`1970-01-01T${time}Z`));
    expect(found?.state.total).toBe(total);
  });

  it('stores a new aggregate, and the events alongside before it', async () => {
    const counter = new Counter('2');
    counter.count(4);
    const alongside = [
      { streamId: 'name-2', expectedVersion: 'no-stream' as const, events: [new Counted({ by: 0 })] },
    ];
    await expect(counters.create(counter, { alongside })).resolves.toBe(counter);
    expect(counter).toMatchObject({ version: 1, position: 4, uncommittedEvents: [] });
    expect(store.log.slice(2).map(({ streamId }) => streamId)).toEqual(['name-2', 'counter-2']);
  });

  it('refuses a second aggregate under the same id', async () => {
    const counter = new Counter('1');
    counter.count(4);
    await expect(counters.create(counter)).rejects.toThrow(ConcurrencyError);
  });

  it('appends the raised events, and returns the new version and position', async () => {
    const updated = await counters.update('1', (counter) => {
      counter.count(3);
      counter.count(4);
    });
    expect(updated).toMatchObject({ version: 4, position: 4, state: { total: 10 }, uncommittedEvents: [] });
    expect(store.log.map(({ data }) => data)).toEqual([{ by: 1 }, { by: 2 }, { by: 3 }, { by: 4 }]);
  });

  it('appends nothing when nothing was raised, and returns the current version and position', async () => {
    await expect(counters.update('1', () => undefined)).resolves.toMatchObject({ version: 2, position: 2 });
    expect(store.log).toHaveLength(2);
  });

  it('throws its own error for an aggregate that does not exist', async () => {
    await expect(counters.update('2', (counter) => counter.count(1))).rejects.toThrow('No counter 2.');
  });

  it('appends nothing when the decision throws half-way, and does not retry', async () => {
    const { decide, seen } = interrupted((counter) => {
      counter.count(1);
      counter.count(9);
    }, 0);
    await expect(counters.update('1', decide)).rejects.toThrow(RangeError);
    expect(seen).toHaveLength(1);
    expect(store.log).toHaveLength(2);
  });

  it('decides again on the fresh state after a conflict', async () => {
    const { decide, seen } = interrupted((counter) => counter.count(counter.state.total), 2);
    const counter = await counters.update('1', decide);
    expect(seen).toEqual([3, 4, 5]);
    expect(counter).toMatchObject({ version: 5, state: { total: 10 } });
    expect(store.log.at(-1)!.data).toEqual({ by: 5 });
  });

  it('refuses after a conflict when the fresh state no longer allows the decision', async () => {
    const { decide } = interrupted((counter) => counter.count(7), 1);
    await expect(counters.update('1', decide)).rejects.toThrow('4 + 7 is too much.');
    expect(store.log).toHaveLength(3);
  });

  it('gives up after three conflicts, and names the expected and the actual version', async () => {
    const { decide, seen } = interrupted((counter) => counter.count(1));
    const failure = expect.objectContaining({
      code: 'version-conflict',
      details: { expectedVersion: 4, actualVersion: 5 },
    });
    await expect(counters.update('1', decide)).rejects.toEqual(failure);
    expect(seen).toHaveLength(3);
  });

  it('tries as often as the caller says', async () => {
    const { decide, seen } = interrupted((counter) => counter.count(1));
    await expect(counters.update('1', decide, { retry: { maxAttempts: 1 } })).rejects.toThrow(
      ConcurrencyError,
    );
    expect(seen).toHaveLength(1);
  });

  it('does not run the decision when the aggregate is not at the version the caller has seen', async () => {
    const { decide, seen } = interrupted(() => undefined, 0);
    const failure = expect.objectContaining({
      code: 'version-mismatch',
      details: { expectedVersion: 1, actualVersion: 2 },
    });
    await expect(counters.update('1', decide, { expectedVersion: 1 })).rejects.toEqual(failure);
    expect(seen).toEqual([]);
  });

  it('does not retry a conflict when the caller named a version: that version is no longer current', async () => {
    const { decide, seen } = interrupted((counter) => counter.count(1));
    const update = counters.update('1', decide, { expectedVersion: 2 });
    await expect(update).rejects.toThrow(VersionMismatchError);
    expect(seen).toHaveLength(1);
  });

  it('does not retry a conflict on a stream alongside: the decision would be the same', async () => {
    const { decide, seen } = interrupted((counter) => counter.count(1), 0);
    const taken = {
      streamId: 'name-1',
      expectedVersion: 'no-stream' as const,
      events: [new Counted({ by: 0 })],
    };
    await store.appendToStreams([taken]);
    await expect(counters.update('1', decide, { alongside: [taken] })).rejects.toThrow(
      expect.objectContaining({ streamId: 'name-1' }),
    );
    expect(seen).toHaveLength(1);
  });

  it("works inside the caller's transaction, and does not retry a conflict there", async () => {
    const manager = { connection: {}, transaction: {} } as EntityManager;
    const { decide, seen } = interrupted((counter) => counter.count(1));
    await expect(counters.update('1', decide, { manager })).rejects.toThrow(ConcurrencyError);
    expect(seen).toHaveLength(1);
    expect(store.managers).toEqual([manager, undefined, manager]);
  });
});

describe('a hot aggregate', () => {
  beforeEach(async () => {
    await setUp({ maxAggregates: 10 });
    await counters.update('1', (counter) => counter.count(1));
    store.reads.length = 0;
  });

  const countTo = (total: number) => (counter: Counter) => counter.count(total - counter.state.total);
  /** A decision that notes the totals it sees. */
  function noting(decide: (counter: Counter) => void) {
    const seen: number[] = [];
    const noted = (counter: Counter) => {
      seen.push(counter.state.total);
      decide(counter);
    };
    return { seen, decide: noted };
  }

  it('is decided on without a read, again and again', async () => {
    await counters.update('1', countTo(5));
    expect(await counters.update('1', countTo(6))).toMatchObject({ version: 5, state: { total: 6 } });
    expect(store.reads).toEqual([]);
  });

  it('is hot from the moment it is created', async () => {
    const counter = new Counter('2');
    counter.count(4);
    await counters.create(counter);
    await counters.update('2', countTo(5));
    expect(store.reads).toEqual([]);
  });

  it('that is behind is decided on again after a read of the newer events, which costs no attempt', async () => {
    await countAsRival(2, 3);
    const { seen, decide } = noting(countTo(9));
    const updated = await counters.update('1', decide, { retry: { maxAttempts: 1, baseDelayMs: 60_000 } });
    expect(updated).toMatchObject({ version: 5, state: { total: 9 } });
    expect({ seen, reads: store.reads }).toEqual({ seen: [4, 6], reads: [4] });
  });

  it('refuses only what the newest state refuses', async () => {
    await countAsRival(-3, 3);
    const { seen, decide } = noting((counter) => counter.count(8));
    expect(await counters.update('1', decide)).toMatchObject({ version: 5, state: { total: 9 } });
    expect(seen).toEqual([4, 1]);
  });

  it('that refuses is checked by a read, and not decided on twice when nothing is newer', async () => {
    const { seen, decide } = noting((counter) => counter.count(8));
    await expect(counters.update('1', decide)).rejects.toThrow('4 + 8 is too much.');
    expect({ seen, reads: store.reads }).toEqual({ seen: [4], reads: [4] });
  });

  it('raises nothing only when the newest state needs nothing', async () => {
    const toFour = (counter: Counter) => {
      if (counter.state.total !== 4) counter.count(4 - counter.state.total);
    };
    expect(await counters.update('1', toFour)).toMatchObject({ version: 3, position: 3 });
    await countAsRival(2, 3);
    expect(await counters.update('1', toFour)).toMatchObject({ version: 5, state: { total: 4 } });
  });

  it('that is behind does not refuse a newer version that the caller has seen', async () => {
    await countAsRival(1, 3);
    const updated = await counters.update('1', countTo(7), { expectedVersion: 4 });
    expect(updated).toMatchObject({ version: 5, state: { total: 7 } });
  });

  it('tells a caller with an old version the current one', async () => {
    await countAsRival(1, 3);
    const { seen, decide } = noting(countTo(7));
    const failure = expect.objectContaining({
      code: 'version-mismatch',
      details: { expectedVersion: 3, actualVersion: 4 },
    });
    await expect(counters.update('1', decide, { expectedVersion: 3 })).rejects.toEqual(failure);
    expect(seen).toEqual([4]);
  });

  it('is decided on again after a conflict alongside only when its own state is old', async () => {
    const streamId = 'name-1';
    const taken = { streamId, expectedVersion: 'no-stream' as const, events: [new Counted({ by: 0 })] };
    await store.appendToStreams([taken]);
    const { seen, decide } = noting((counter) => counter.count(6));
    const update = () => counters.update('1', decide, { alongside: [taken] });
    await expect(update()).rejects.toThrow(expect.objectContaining({ streamId }));
    await countAsRival(1, 3);
    await counters.find('1');
    await expect(update()).rejects.toThrow('5 + 6 is too much.');
    expect(seen).toEqual([4, 5]);
  });

  it('is never decided on again when the fate of the append is unknown', async () => {
    store.loseAnswer = true;
    const { seen, decide } = noting(countTo(5));
    await expect(counters.update('1', decide)).rejects.toThrow('Connection lost');
    expect(seen).toEqual([4]);
    store.loseAnswer = false;
    expect(await counters.update('1', countTo(6))).toMatchObject({ version: 5, state: { total: 6 } });
    expect(store.reads).toEqual([1]);
  });

  it('is found in its newest state, by reading the newer events', async () => {
    await countAsRival(2, 3);
    expect(await counters.find('1')).toMatchObject({ version: 4, position: 4, state: { total: 6 } });
    expect(store.reads).toEqual([4]);
  });

  it('is loaded from its first event when the log is shorter than before', async () => {
    store.log.length = 2;
    expect(await counters.update('1', countTo(7))).toMatchObject({ version: 3, state: { total: 7 } });
    expect(store.reads).toEqual([1]);
  });

  it("is neither read from nor written to the cache in the caller's transaction", async () => {
    const manager = { connection: {}, transaction: {} } as EntityManager;
    await counters.update('1', countTo(5), { manager });
    store.log.length = 3; // it rolled back
    expect(store.reads).toEqual([1]);
    expect(await counters.update('1', countTo(7))).toMatchObject({ version: 4, state: { total: 7 } });
    expect(store.reads).toEqual([1]);
  });

  it('has a frozen state', async () => {
    const found = (await counters.find('1'))!;
    expect(() => Object.assign(found.state, { total: 0 })).toThrow(TypeError);
    await counters.update('1', countTo(5));
    expect(store.log.at(-1)!.data).toEqual({ by: 1 });
  });

  it('refuses an event that a decision raises too late, and neither stores nor applies it', async () => {
    let late: Promise<void> | undefined;
    const append = store.appendToStreams.bind(store);
    store.appendToStreams = async (...parameters) => {
      await late!.catch(() => undefined);
      return append(...parameters);
    };
    const update = counters.update('1', (counter) => {
      counter.count(1);
      late = new Promise<void>((resolve) => setImmediate(resolve)).then(() => counter.count(1));
    });
    await expect(update).rejects.toMatchObject({ code: 'raised-during-append', kind: 'broken' });
    await expect(late).rejects.toMatchObject({ code: 'raised-during-append' });
    store.appendToStreams = append;
    expect(await counters.update('1', countTo(6))).toMatchObject({ version: 5, state: { total: 6 } });
    expect(store.log.at(-1)!.data).toEqual({ by: 1 });
  });

  it('can raise again when its append is over', async () => {
    const counter = (await counters.find('1'))!;
    counter.count(1);
    await counters.create(counter);
    counter.count(1);
    expect(await counters.create(counter)).toMatchObject({ version: 5, state: { total: 6 } });
  });
});

describe('a decision that has returned', () => {
  beforeEach(() => setUp({ maxAggregates: 10 }));

  it('raises nothing any more, also when it had raised nothing, and the update says so', async () => {
    await counters.find('1');
    let late: Promise<void> | undefined;
    const look = store.areThere.bind(store);
    store.areThere = async (...parameters) => {
      await late?.catch(() => undefined);
      return look(...parameters);
    };
    const update = counters.update('1', (counter) => {
      late ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => counter.count(1));
    });
    await expect(update).rejects.toMatchObject({ code: 'raised-during-append', kind: 'broken' });
    await expect(late).rejects.toMatchObject({ code: 'raised-during-append' });
    expect(await counters.find('1')).toMatchObject({ version: 2, state: { total: 3 } });
  });
});

describe('a repository', () => {
  beforeEach(() => setUp(false));

  it('refuses appends alongside to its own stream', async () => {
    const alongside = [
      { streamId: 'counter-9', expectedVersion: 'no-stream' as const, events: [new Counted({ by: 1 })] },
      { streamId: 'counter-1', expectedVersion: 2, events: [new Counted({ by: 1 })] },
    ];
    const rule =
      `options.alongside[1].streamId is 'counter-1': it must be the stream of something else: ` +
      "the aggregate's own events are raised by its business methods.";
    const counter = (await counters.find('1'))!;
    counter.count(1);
    await expect(counters.update('1', (each) => each.count(1), { alongside })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: `EventSourcedRepository.update: ${rule}`,
    });
    await expect(counters.create(counter, { alongside })).rejects.toMatchObject({
      message: `EventSourcedRepository.create: ${rule}`,
    });
    expect(store.log).toHaveLength(2);
  });

  it('creates nothing alongside an aggregate that has no events, and says so', async () => {
    const alongside = [{ streamId: 'name-1', expectedVersion: 0, events: [new Counted({ by: 1 })] }];
    await expect(counters.create(new Counter('2'), { alongside })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(/^EventSourcedRepository.create: options.alongside is .* no events/),
    });
    expect(await counters.update('1', () => undefined, { alongside })).toMatchObject({ version: 2 });
    expect(store.log).toHaveLength(2);
  });
});
