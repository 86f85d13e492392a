import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AggregateCache } from './aggregate-cache.js';
import type { AggregateClass, AggregateRoot, StoredState } from './aggregate-root.js';
import type { Recorded, StoredEvent } from './domain-event.js';
import { EventRegistry } from './event-registry.js';
import { LAST_VERSION } from './event-store/append.js';
import { CallerTransaction } from './event-store/caller-transaction.js';
import { EventStore } from './event-store/event-store.js';
import type { StreamTail } from './snapshot/snapshot.sql.js';
import { Snapshots } from './snapshot/snapshots.js';
import { isStorableText } from './storable-value.js';

/** Events that come with the first round trip. */
const PAGE = 500;

/** How much of a stream is folded. */
interface Extent {
  includes: (event: StoredEvent) => boolean;
  /** The newest version that a snapshot may have to be within it. */
  snapshotUpTo: number;
}

const ALL: Extent = { includes: () => true, snapshotUpTo: LAST_VERSION };

/**
 * Makes aggregates out of what is known of their state, in the cache or in a snapshot, and the events after that. Where
 * it begins is a matter of speed alone: each load reads the log to its end.
 */
@Injectable()
export class AggregateLoader {
  constructor(
    private readonly store: EventStore,
    private readonly registry: EventRegistry,
    private readonly cache: AggregateCache,
    private readonly snapshots: Snapshots,
  ) {}

  /**
   * The aggregate as it is now: one round trip, unless there are more than 500 events to fold. With a `manager` it may
   * hold events that are never committed, so the cache neither helps nor learns.
   */
  async load<Aggregate extends AggregateRoot<any, any>>(
    aggregateClass: AggregateClass<Aggregate>,
    id: string,
    manager?: EntityManager,
  ): Promise<Aggregate | undefined> {
    const aggregate = (manager === undefined && this.fromCache(aggregateClass, id)) || new aggregateClass(id);
    const since = await this.replay(aggregateClass, aggregate, ALL, manager);
    if (aggregate.version === 0) return undefined;
    if (manager === undefined) this.remember(aggregateClass, aggregate, since);
    return aggregate;
  }

  /** The aggregate as a part of its events made it. */
  async loadPast<Aggregate extends AggregateRoot<any, any>>(
    aggregateClass: AggregateClass<Aggregate>,
    id: string,
    extent: Extent,
  ): Promise<Aggregate | undefined> {
    const aggregate = new aggregateClass(id);
    await this.replay(aggregateClass, aggregate, extent);
    return aggregate.version === 0 ? undefined : aggregate;
  }

  /** The aggregate as the cache has it: perhaps behind, without a round trip. */
  fromCache<Aggregate extends AggregateRoot<any, any>>(
    aggregateClass: AggregateClass<Aggregate>,
    id: string,
  ): Aggregate | undefined {
    const known = this.cache.get(streamOf(aggregateClass, id));
    if (known === undefined) return undefined;
    const aggregate = new aggregateClass(id);
    aggregate.restore(known);
    return aggregate;
  }

  /** Keeps a state that is committed. `since`: the version it was folded from, to know whether a snapshot is due. */
  remember(aggregateClass: AggregateClass<any>, aggregate: AggregateRoot<any, any>, since: number): void {
    const streamId = streamOf(aggregateClass, aggregate.id);
    const stored: StoredState = aggregate.stored;
    this.cache.put(streamId, stored);
    this.snapshots.offer(aggregateClass, streamId, stored, since);
  }

  forget(aggregateClass: AggregateClass<any>, id: string): void {
    this.cache.drop(streamOf(aggregateClass, id));
  }

  /** Returns the version from which events were folded. */
  private async replay(
    aggregateClass: AggregateClass<any>,
    aggregate: AggregateRoot<any, any>,
    { includes, snapshotUpTo }: Extent,
    manager?: EntityManager,
  ): Promise<number> {
    const { snapshot, events } = await this.readTail(aggregateClass, aggregate, snapshotUpTo, manager);
    if (snapshot !== undefined) aggregate.restore(snapshot);
    const since = aggregate.version;
    for await (const event of this.withFurtherPages(events, manager)) {
      if (!includes(event)) break;
      aggregate.replay(this.registry.revive(event) as Recorded<any>);
    }
    if (manager !== undefined) this.replayPending(streamOf(aggregateClass, aggregate.id), aggregate, manager);
    return since;
  }

  /** What the caller's transaction appends at its commit: later commands in it go by it. */
  private replayPending(streamId: string, aggregate: AggregateRoot<any, any>, manager: EntityManager): void {
    if (CallerTransaction.known(manager) === undefined) return;
    for (const event of this.store.pendingEvents(streamId, manager)) {
      const { version, position } = aggregate;
      const stored = { ...event, version: version + 1, position, timestamp: new Date() };
      aggregate.replay(this.registry.revive(stored) as Recorded<any>);
    }
  }

  private async readTail(
    aggregateClass: AggregateClass<any>,
    aggregate: AggregateRoot<any, any>,
    snapshotUpTo: number,
    manager?: EntityManager,
  ): Promise<StreamTail> {
    const streamId = streamOf(aggregateClass, aggregate.id);
    if (!isStorableText(streamId)) return { events: [] };
    const { version: after } = aggregate;
    const revision = this.snapshots.revisionOf(aggregateClass);
    if (revision !== undefined && snapshotUpTo > 0) {
      const range = { streamId, revision, after, snapshotUpTo, maxCount: PAGE };
      const tail = await this.snapshots.readTail(range, manager);
      if (tail !== undefined && (tail.snapshot === undefined || aggregate.accepts(tail.snapshot.state))) {
        return tail;
      }
    }
    return {
      events: await this.store.readStream(streamId, { fromVersion: after + 1, maxCount: PAGE }, manager),
    };
  }

  private async *withFurtherPages(
    events: StoredEvent[],
    manager?: EntityManager,
  ): AsyncGenerator<StoredEvent> {
    yield* events;
    const last = events.at(-1);
    if (last === undefined || events.length < PAGE) return;
    yield* this.store.iterateStream(
      last.streamId,
      { fromVersion: last.version + 1, pageSize: PAGE },
      manager,
    );
  }
}

/** Where the events of an aggregate are. */
export function streamOf({ stream }: { stream: string }, id: string): string {
  return `${stream}-${id}`;
}
