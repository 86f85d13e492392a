import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AggregateClass, AggregateRoot } from './aggregate-root.js';
import type { Recorded } from './domain-event.js';
import { EventRegistry } from './event-registry.js';
import type { StreamAppend } from './event-store/append.js';
import { EventStore } from './event-store/event-store.js';
import { ConcurrencyError, VersionMismatchError } from './errors.js';
import { ResolvedOptions, type RetryOptions } from './options.js';
import { retrying } from './retry.js';

export interface SaveOptions {
  /** The caller's own transaction; see `AppendOptions`. A conflict in it is not retried: its snapshot is the caller's. */
  manager?: EntityManager;
  /** Appends to other streams that succeed or fail with this one, e.g. a reservation. They come first in the log. */
  alongside?: readonly StreamAppend[];
}

export interface UpdateOptions extends SaveOptions {
  /** The version the caller has seen. Another one is a `VersionMismatchError`, and nothing is retried. */
  expectedVersion?: number | undefined;
  retry?: Partial<RetryOptions>;
}

/**
 * Loads and stores aggregates of one class:
 *
 * ```ts
 * @Injectable()
 * export class UserRepository extends EventSourcedRepository<User> {
 *   protected readonly aggregateClass = User;
 * }
 * ```
 */
@Injectable()
export abstract class EventSourcedRepository<Aggregate extends AggregateRoot<any, any>> {
  protected abstract readonly aggregateClass: AggregateClass<Aggregate>;

  // Properties, so that a subclass needs no constructor of its own.
  @Inject() protected readonly store: EventStore;
  @Inject() protected readonly registry: EventRegistry;
  @Inject() protected readonly options: ResolvedOptions;

  streamOf(id: string): string {
    return `${this.aggregateClass.stream}-${id}`;
  }

  async exists(id: string): Promise<boolean> {
    return (await this.store.readStream(this.streamOf(id), { maxCount: 1 })).length > 0;
  }

  /** The aggregate as it is now, or undefined when it has no events. */
  async find(id: string, manager?: EntityManager): Promise<Aggregate | undefined> {
    return this.fold(id, () => true, manager);
  }

  /** The aggregate as its first `version` events made it; undefined when it never had that many. */
  async findAtVersion(id: string, version: number): Promise<Aggregate | undefined> {
    const aggregate = await this.fold(id, (event) => event.version <= version);
    return aggregate?.version === version ? aggregate : undefined;
  }

  /** The aggregate as it was at an instant; undefined when it had no event by then. */
  async findAt(id: string, instant: Date): Promise<Aggregate | undefined> {
    return this.fold(id, (event) => event.timestamp <= instant);
  }

  /**
   * Stores an aggregate that must not exist yet.
   *
   * @throws ConcurrencyError when its stream, or one alongside, is not as expected
   */
  async create(aggregate: Aggregate, options: SaveOptions = {}): Promise<Aggregate> {
    return this.commit(aggregate, options);
  }

  /**
   * Loads, lets `decide` call business methods, and appends what they raised, if anything. When somebody else was
   * faster, the aggregate is loaded again and **`decide` runs again on the fresh state**: what it decided on the old
   * one may not hold any more.
   *
   * @throws whatever `decide` throws
   * @throws ConcurrencyError after `retry.maxAttempts` conflicts
   * @throws VersionMismatchError when the aggregate is not at `expectedVersion`
   */
  async update(
    id: string,
    decide: (aggregate: Aggregate) => void | Promise<void>,
    options: UpdateOptions = {},
  ): Promise<Aggregate> {
    const { expectedVersion, manager } = options;
    const streamId = this.streamOf(id);
    const attempt = async () => {
      const aggregate = (await this.find(id, manager)) ?? this.notFound(id);
      if (expectedVersion !== undefined && expectedVersion !== aggregate.version) {
        throw new VersionMismatchError(streamId, expectedVersion, aggregate.version);
      }
      await decide(aggregate);
      return this.commit(aggregate, options);
    };
    try {
      return await retrying(attempt, {
        ...this.options.retry,
        ...options.retry,
        retryOn: (error) =>
          expectedVersion === undefined && manager === undefined && isConflictOn(streamId, error),
      });
    } catch (error) {
      if (expectedVersion === undefined || !isConflictOn(streamId, error)) throw error;
      throw new VersionMismatchError(streamId, expectedVersion, error.actualVersion);
    }
  }

  /** What `update` throws for an id without events. */
  protected abstract notFound(id: string): never;

  private async commit(aggregate: Aggregate, { manager, alongside = [] }: SaveOptions): Promise<Aggregate> {
    const events = aggregate.uncommittedEvents;
    if (events.length === 0) return aggregate;
    const own = { streamId: this.streamOf(aggregate.id), expectedVersion: aggregate.version, events };
    const last = await this.store.appendToStreams([...alongside, own], manager && { manager });
    aggregate.markCommitted(last);
    return aggregate;
  }

  private async fold(
    id: string,
    includes: (event: { version: number; timestamp: Date }) => boolean,
    manager?: EntityManager,
  ): Promise<Aggregate | undefined> {
    const aggregate = new this.aggregateClass(id);
    for await (const stored of this.store.iterateStream(this.streamOf(id), {}, manager)) {
      if (!includes(stored)) break;
      aggregate.replay(this.registry.revive(stored) as Recorded<any>);
    }
    return aggregate.version === 0 ? undefined : aggregate;
  }
}

function isConflictOn(streamId: string, error: unknown): error is ConcurrencyError {
  return error instanceof ConcurrencyError && error.streamId === streamId;
}
