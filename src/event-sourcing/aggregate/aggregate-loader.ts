import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AggregateCache, WAYPOINT } from './aggregate-cache.js';
import type { AggregateClass, AggregateRoot, StoredState } from './aggregate-root.js';
import type { Recorded, StoredEvent } from '../event/domain-event.js';
import { PastStatesBusyError } from './aggregate-errors.js';
import { EventRegistry } from '../event/event-registry.js';
import { LAST_VERSION } from '../log/append/append.js';
import { CallerTransaction } from '../log/append/caller-transaction.js';
import { CurrentTransaction } from '../log/append/current-transaction.js';
import { EventStore } from '../log/event-store.js';
import { NewerEvents } from '../log/newer-events.js';
import { READ_PAGE } from '../log/page-sizes.js';
import { ConcurrencyLimit } from '../background/concurrency-limit.js';
import type { StreamPart } from '../log/read.sql.js';
import type { StreamTail } from './snapshot/snapshot.sql.js';
import { Snapshots } from './snapshot/snapshots.js';
import { isStorableText } from '../event/storable-value.js';

/**
 * How many folds of more than a page towards a past state run at once, and how many more may wait. A fold of 10,000
 * events takes the event loop and a connection of the pool 20 times, for some milliseconds each. Many at once would
 * leave no room for other work.
 */
const LONG_FOLDS = 2;
const WAITING_FOLDS = 50;

interface ReplayOptions {
  /** The last version that is folded. Default: all. */
  upTo?: number;
  onEvent?: () => void;
  manager?: EntityManager | undefined;
}

/**
 * Makes aggregates from a known state, in the cache or in a snapshot, and the events after it. The starting point
 * matters for speed only: each load reads the log to its end.
 */
@Injectable()
export class AggregateLoader {
  private readonly longFolds = new ConcurrencyLimit(() => LONG_FOLDS);
  /** Includes the folds that are running. */
  private waitingFolds = 0;

  constructor(
    private readonly store: EventStore,
    private readonly registry: EventRegistry,
    private readonly cache: AggregateCache,
    private readonly snapshots: Snapshots,
    private readonly current: CurrentTransaction,
    private readonly newer: NewerEvents,
  ) {}

  /**
   * The current aggregate, in one round trip, or more when there are over 500 events to fold. With a `manager` the
   * aggregate may hold events that are never committed, so the cache is neither read nor filled.
   */
  async load<Aggregate extends AggregateRoot<any, any>>(
    aggregateClass: AggregateClass<Aggregate>,
    id: string,
    manager = this.current.manager,
  ): Promise<Aggregate | undefined> {
    const { generation } = this;
    const aggregate = (manager === undefined && this.fromCache(aggregateClass, id)) || new aggregateClass(id);
    const since = await this.replay(aggregateClass, aggregate, { manager });
    if (aggregate.version === 0) return undefined;
    if (manager === undefined) this.remember(aggregateClass, aggregate, { since, generation });
    return aggregate;
  }

  /**
   * The aggregate after its first `version` events, or after all of them when there are fewer. The fold begins at the
   * nearest state that a snapshot or an earlier question left.
   *
   * @throws PastStatesBusyError when too many long folds wait
   */
  async loadPast<Aggregate extends AggregateRoot<any, any>>(
    aggregateClass: AggregateClass<Aggregate>,
    id: string,
    version: number,
  ): Promise<Aggregate | undefined> {
    const upTo = Math.min(version, LAST_VERSION);
    const { manager } = this.current;
    if (manager !== undefined) return this.replayInTransaction(aggregateClass, id, { upTo, manager });
    const load = () => this.replayUpTo(aggregateClass, id, upTo);
    const known = this.cache.waypoint(streamOf(aggregateClass, id), upTo);
    if (upTo - (known?.version ?? 0) <= READ_PAGE) return load();
    if (this.waitingFolds >= LONG_FOLDS + WAITING_FOLDS) throw new PastStatesBusyError(WAITING_FOLDS);
    this.waitingFolds++;
    return this.longFolds.run(load).finally(() => this.waitingFolds--);
  }

  /**
   * The aggregate may hold events that are never committed, so its states are not kept. It does not wait for a turn
   * either, since it would hold its connection meanwhile.
   */
  private async replayInTransaction<Aggregate extends AggregateRoot<any, any>>(
    aggregateClass: AggregateClass<Aggregate>,
    id: string,
    options: ReplayOptions,
  ): Promise<Aggregate | undefined> {
    const aggregate = new aggregateClass(id);
    await this.replay(aggregateClass, aggregate, options);
    return aggregate.version === 0 ? undefined : aggregate;
  }

  private async replayUpTo<Aggregate extends AggregateRoot<any, any>>(
    aggregateClass: AggregateClass<Aggregate>,
    id: string,
    upTo: number,
  ): Promise<Aggregate | undefined> {
    const { generation } = this;
    const streamId = streamOf(aggregateClass, id);
    const aggregate = new aggregateClass(id);
    const known = this.cache.waypoint(streamId, upTo);
    if (known !== undefined) aggregate.restore(known);
    if (aggregate.version < upTo) {
      await this.replay(aggregateClass, aggregate, {
        upTo,
        onEvent: () => {
          if (aggregate.version % WAYPOINT === 0)
            this.cache.putWaypoint(streamId, aggregate.stored, generation);
        },
      });
    }
    return aggregate.version === 0 ? undefined : aggregate;
  }

  /** The aggregate from the cache, without a round trip. It may be behind the log. */
  fromCache<Aggregate extends AggregateRoot<any, any>>(
    aggregateClass: AggregateClass<Aggregate>,
    id: string,
  ): Aggregate | undefined {
    const known = this.cache.get(streamOf(aggregateClass, id));
    return known && this.restored(aggregateClass, id, known);
  }

  /** Whether the log has no event after the aggregate's state, at a moment after this call. */
  async isCurrent(
    aggregateClass: AggregateClass<any>,
    { id, version }: AggregateRoot<any, any>,
  ): Promise<boolean> {
    return !(await this.newer.areThere(streamOf(aggregateClass, id), version));
  }

  /** The aggregate in a known state. */
  restored<Aggregate extends AggregateRoot<any, any>>(
    aggregateClass: AggregateClass<Aggregate>,
    id: string,
    state: StoredState,
  ): Aggregate {
    const aggregate = new aggregateClass(id);
    aggregate.restore(state);
    return aggregate;
  }

  /** The generation of the cache, for `remember`: to be read when a load or an append begins. */
  get generation(): number {
    return this.cache.generation;
  }

  /** Keeps a committed state. `since` is the version it was folded from; it tells whether a snapshot is due. */
  remember(
    aggregateClass: AggregateClass<any>,
    aggregate: AggregateRoot<any, any>,
    { since, generation }: { since: number; generation: number },
  ): void {
    const streamId = streamOf(aggregateClass, aggregate.id);
    const stored: StoredState = aggregate.stored;
    this.cache.put(streamId, stored, generation);
    this.snapshots.offer(aggregateClass, streamId, stored, since);
  }

  forget(aggregateClass: AggregateClass<any>, id: string): void {
    this.cache.drop(streamOf(aggregateClass, id));
  }

  /** Returns the version from which events were folded. */
  private async replay(
    aggregateClass: AggregateClass<any>,
    aggregate: AggregateRoot<any, any>,
    { upTo = LAST_VERSION, onEvent, manager }: ReplayOptions,
  ): Promise<number> {
    const { snapshot, ...first } = await this.readTail(aggregateClass, aggregate, upTo, manager);
    if (snapshot !== undefined) aggregate.restore(snapshot);
    const since = aggregate.version;
    for await (const page of this.withFurtherPages(first, manager)) {
      const loading = this.registry.prepare(page, manager);
      if (loading !== undefined) await loading;
      for (const event of page) {
        if (event.version > upTo) break;
        aggregate.replay(this.registry.revive(event) as Recorded<any>);
        onEvent?.();
      }
      if (aggregate.version >= upTo) break;
    }
    if (manager !== undefined) this.replayPending(aggregateClass, aggregate, { upTo, manager });
    return since;
  }

  /**
   * Adds the events that the caller's transaction appends at its commit: later commands of the transaction build on
   * them.
   */
  private replayPending(
    aggregateClass: AggregateClass<any>,
    aggregate: AggregateRoot<any, any>,
    { upTo, manager }: { upTo: number; manager: EntityManager },
  ): void {
    if (CallerTransaction.known(manager) === undefined) return;
    const { position } = aggregate;
    for (const event of this.store.pendingEvents(streamOf(aggregateClass, aggregate.id), manager)) {
      if (aggregate.version >= upTo) return;
      const stored = { ...event, version: aggregate.version + 1, position, timestamp: new Date() };
      aggregate.replay(this.registry.revive(stored) as Recorded<any>);
      aggregate.markHandedIn(event);
    }
  }

  private async readTail(
    aggregateClass: AggregateClass<any>,
    aggregate: AggregateRoot<any, any>,
    snapshotUpTo: number,
    manager?: EntityManager,
  ): Promise<StreamTail> {
    const streamId = streamOf(aggregateClass, aggregate.id);
    if (!isStorableText(streamId)) return { events: [], isCut: false };
    const { version: after } = aggregate;
    const revision = this.snapshots.revisionOf(aggregateClass);
    if (revision !== undefined && snapshotUpTo > 0) {
      const range = { streamId, revision, after, snapshotUpTo, maxCount: READ_PAGE };
      const tail = await this.snapshots.readTail(range, manager);
      if (tail !== undefined && (tail.snapshot === undefined || aggregate.accepts(tail.snapshot.state))) {
        return tail;
      }
    }
    return this.store.readStreamPart(streamId, { fromVersion: after + 1, maxCount: READ_PAGE }, manager);
  }

  private async *withFurtherPages(first: StreamPart, manager?: EntityManager): AsyncGenerator<StoredEvent[]> {
    for (let { events, isCut } = first; ;) {
      yield events;
      const last = events.at(-1);
      if (last === undefined || !isCut) return;
      const range = { fromVersion: last.version + 1, maxCount: READ_PAGE };
      ({ events, isCut } = await this.store.readStreamPart(last.streamId, range, manager));
    }
  }
}

/** The stream that holds the events of an aggregate. */
export function streamOf({ stream }: { stream: string }, id: string): string {
  return `${stream}-${id}`;
}
