import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AggregateLoader, streamOf } from './aggregate-loader.js';
import type { AggregateClass, AggregateRoot } from './aggregate-root.js';
import {
  type AppendOptions,
  type AppendResult,
  type PendingAppend,
  type StreamAppend,
} from '../log/append/append.js';
import { CallerTransaction } from '../log/append/caller-transaction.js';
import { CurrentTransaction } from '../log/append/current-transaction.js';
import { EventStore } from '../log/event-store.js';
import { AggregateNotFoundError, ConcurrencyError, VersionMismatchError } from '../errors.js';
import { ResolvedOptions, type RetryOptions } from '../options.js';
import { retrying } from '../background/retry.js';
import { Telemetry } from '../telemetry.js';

export interface SaveOptions {
  /**
   * The caller's own transaction; see `AppendOptions`. A conflict in it is not retried: its snapshot is the caller's.
   * Default: the running one, where `currentTransaction` tells.
   */
  manager?: EntityManager;
  /**
   * Whether the events are appended at once (`call`), or right before the commit of that transaction: see
   * `AppendAtCommit`. The `position` of the aggregate is then known after the commit, and asking for it before throws a
   * `NotCommittedError`. Default: `call`; in a transaction that is joined without being given, `commit`.
   */
  at?: 'call' | 'commit';
  /** Appends to other streams that succeed or fail with this one, e.g. a reservation. They come first in the log. */
  alongside?: readonly StreamAppend[];
}

export interface UpdateOptions extends SaveOptions {
  /** The version the caller has seen. Another one is a `VersionMismatchError`, and nothing is retried. */
  expectedVersion?: number | undefined;
  retry?: Partial<RetryOptions>;
}

/**
 * Loads and stores aggregates of one class. `forFeature({ aggregates })` makes one; for more than that, make your own:
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
  @Inject() protected readonly loader: AggregateLoader;
  @Inject() protected readonly options: ResolvedOptions;
  @Inject() protected readonly telemetry: Telemetry;
  @Inject() protected readonly current: CurrentTransaction;

  streamOf(id: string): string {
    return streamOf(this.aggregateClass, id);
  }

  async exists(id: string): Promise<boolean> {
    const streamId = this.streamOf(id);
    if ((await this.store.readStream(streamId, { maxCount: 1 })).length > 0) return true;
    return this.store.pendingEvents(streamId).length > 0;
  }

  /** The aggregate as it is now, or undefined when it has no events. */
  async find(id: string, manager = this.current.manager): Promise<Aggregate | undefined> {
    if (manager !== undefined) CallerTransaction.enter(manager);
    return this.loader.load(this.aggregateClass, id, manager);
  }

  /**
   * The aggregate as its first `version` events made it; undefined when it never had that many.
   *
   * @throws PastStatesBusyError when too many such questions about long streams wait
   */
  async findAtVersion(id: string, version: number): Promise<Aggregate | undefined> {
    const aggregate = await this.loader.loadPast(this.aggregateClass, id, version);
    return aggregate?.version === version ? aggregate : undefined;
  }

  /** The aggregate as it was at an instant; undefined when it had no event by then. */
  async findAt(id: string, instant: Date): Promise<Aggregate | undefined> {
    const version = await this.store.versionAt(this.streamOf(id), instant);
    return version === 0 ? undefined : this.findAtVersion(id, version);
  }

  /**
   * Stores an aggregate that must not exist yet.
   *
   * @throws ConcurrencyError when its stream, or one alongside, is not as expected
   */
  async create(aggregate: Aggregate, options: SaveOptions = {}): Promise<Aggregate> {
    return this.commit(aggregate, this.joining(options));
  }

  /**
   * Loads, lets `decide` call business methods, and appends what they raised, if anything. When somebody else was
   * faster, the aggregate is loaded again and **`decide` runs again on the fresh state**: what it decided on the old
   * one may not hold any more.
   *
   * @throws whatever `decide` throws
   * @throws ConcurrencyError after `retry.maxAttempts` conflicts, or at the first in a transaction; in one whose events
   * are appended at the commit, the commit throws it
   * @throws VersionMismatchError when the aggregate is not at `expectedVersion`
   */
  async update(id: string, decideOnce: Decide<Aggregate>, given: UpdateOptions = {}): Promise<Aggregate> {
    const options = this.joining(given);
    const { expectedVersion, manager } = options;
    if (manager !== undefined) CallerTransaction.enter(manager);
    const decide = this.countingRepeats(decideOnce);
    const streamId = this.streamOf(id);
    let hot = manager === undefined ? this.loader.fromCache(this.aggregateClass, id) : undefined;
    const attempt = () => {
      const first = hot;
      hot = undefined; // where there was a conflict, the next attempt begins with a read
      return first ? this.decideOnHot(first, decide, options) : this.decideOnFresh(id, decide, options);
    };
    try {
      return await retrying(attempt, {
        ...this.options.retryOf(options.retry),
        retryOn: (error) =>
          expectedVersion === undefined && manager === undefined && isConflictOn(streamId, error),
      });
    } catch (error) {
      if (expectedVersion === undefined || !isConflictOn(streamId, error)) throw error;
      throw new VersionMismatchError(streamId, expectedVersion, error.actualVersion);
    }
  }

  /** With the running transaction, where `currentTransaction` tells of one and the caller has given none. */
  private joining<Options extends SaveOptions>(options: Options): Options {
    if (options.manager !== undefined) return options;
    const { manager } = this.current;
    return manager === undefined ? options : { ...options, manager, at: options.at ?? 'commit' };
  }

  private countingRepeats(decide: Decide<Aggregate>): Decide<Aggregate> {
    let decisions = 0;
    return (aggregate) => {
      if (decisions++ > 0) this.telemetry.decidedAgain();
      return decide(aggregate);
    };
  }

  /** Throws what `update` throws for an id without events. Default: an `AggregateNotFoundError`. */
  protected notFound(id: string): never {
    throw new AggregateNotFoundError(this.aggregateClass.stream, id);
  }

  /**
   * A hot aggregate is decided on as the cache has it, without a read. An append proves that state to be the current
   * one. Any other outcome (a refusal, nothing raised, another version than the caller has seen, a conflict) proves
   * nothing: the newer events are read before it is told, and when there are any, the decision is taken again, at once.
   */
  private async decideOnHot(hot: Aggregate, decide: Decide<Aggregate>, options: UpdateOptions) {
    const { id, version } = hot;
    const first = await this.tryOn(hot, decide, options);
    if (first.proven) return first.outcome();
    const fresh = (await this.find(id)) ?? this.notFound(id);
    return (fresh.version === version ? first : await this.tryOn(fresh, decide, options)).outcome();
  }

  private async decideOnFresh(id: string, decide: Decide<Aggregate>, options: UpdateOptions) {
    const fresh = (await this.find(id, options.manager)) ?? this.notFound(id);
    return (await this.tryOn(fresh, decide, options)).outcome();
  }

  private async tryOn(
    aggregate: Aggregate,
    decide: Decide<Aggregate>,
    options: UpdateOptions,
  ): Promise<Try<Aggregate>> {
    try {
      this.mustBeAt(options.expectedVersion, aggregate);
      await decide(aggregate);
    } catch (error) {
      return failed(error);
    }
    if (aggregate.uncommittedEvents.length === 0) return { proven: false, outcome: () => aggregate };
    try {
      await this.commit(aggregate, options);
      return { proven: true, outcome: () => aggregate };
    } catch (error) {
      // Of any other failure nobody knows what became of the append: it is never decided on again.
      if (!(error instanceof ConcurrencyError)) throw error;
      return failed(error);
    }
  }

  private mustBeAt(expected: number | undefined, { id, version }: Aggregate): void {
    if (expected === undefined || expected === version) return;
    throw new VersionMismatchError(this.streamOf(id), expected, version);
  }

  private async commit(aggregate: Aggregate, options: SaveOptions): Promise<Aggregate> {
    const { version: since, uncommittedEvents: events } = aggregate;
    if (events.length === 0) return aggregate;
    aggregate.beginAppend();
    let tooLate: Error | undefined;
    let last: AppendResult | PendingAppend;
    try {
      last = await this.append(aggregate, options);
    } finally {
      tooLate = aggregate.endAppend();
    }
    if (last.verdict === 'pending') aggregate.markHandedIn(positionOf(last));
    else this.noteStored(aggregate, last, { since, events: events.length, manager: options.manager });
    if (tooLate !== undefined) throw tooLate;
    return aggregate;
  }

  private noteStored(
    aggregate: Aggregate,
    last: AppendResult,
    { since, events, manager }: { since: number; events: number; manager: EntityManager | undefined },
  ): void {
    // Else it is not a state to keep: the events are a repeat of some that are in the log.
    const isNext = last.verdict === 'appended' && last.version === since + events;
    aggregate.markCommitted(last);
    if (isNext && manager === undefined) this.loader.remember(this.aggregateClass, aggregate, since);
  }

  private async append(
    { id, version, uncommittedEvents: events }: Aggregate,
    { manager, at, alongside = [] }: SaveOptions,
  ): Promise<AppendResult | PendingAppend> {
    const own = { streamId: this.streamOf(id), expectedVersion: version, events };
    try {
      const options = (manager || at) && ({ manager, at } as AppendOptions); // or an append at the commit
      return await this.store.appendToStreams([...alongside, own], options);
    } catch (error) {
      if (error instanceof ConcurrencyError) this.telemetry.conflictMet();
      const isBehind = isConflictOn(own.streamId, error) && error.actualVersion > version;
      if (!isBehind) this.loader.forget(this.aggregateClass, id);
      throw error;
    }
  }
}

const positionOf = (pending: PendingAppend) => ({
  get position() {
    return pending.result?.position;
  },
});

type Decide<Aggregate> = (aggregate: Aggregate) => void | Promise<void>;

/** What a decision came to, and whether an append has proven that it was taken on the current state. */
interface Try<Aggregate> {
  proven: boolean;
  outcome: () => Aggregate;
}

function failed(error: unknown): Try<never> {
  const outcome = () => {
    throw error;
  };
  return { proven: false, outcome };
}

function isConflictOn(streamId: string, error: unknown): error is ConcurrencyError {
  return error instanceof ConcurrencyError && error.streamId === streamId;
}
