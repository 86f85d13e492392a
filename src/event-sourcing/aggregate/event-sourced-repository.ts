import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AggregateLoader, streamOf } from './aggregate-loader.js';
import type { DecisionLine, Tip } from './decision-line.js';
import { DecisionLines } from './decision-lines.js';
import type { AggregateClass, AggregateRoot } from './aggregate-root.js';
import {
  type AppendOptions,
  type AppendResult,
  type PendingAppend,
  type StreamAppend,
} from '../log/append/append.js';
import { AppendTicket, BasisNotStored } from '../log/append/append-ticket.js';
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
  @Inject() protected readonly lines: DecisionLines;
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
    let mayBeBehind = manager === undefined;
    const attempt = () => {
      const first = mayBeBehind;
      mayBeBehind = false; // where there was a conflict, the next attempt begins with a read
      return this.decideUntilCurrent(id, decide, options, first);
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
   * A hot aggregate is decided on as this process has it, without a read. An append proves that state to be the current
   * one. Any other outcome (a refusal, nothing raised, another version than the caller has seen, a conflict) proves
   * nothing by itself: it is told when the state is known to be stored, or after the newer events were read; and where
   * there are any, the decision is taken again, at once.
   */
  private async decideUntilCurrent(
    id: string,
    decide: Decide<Aggregate>,
    options: UpdateOptions,
    mayBeBehind: boolean,
  ): Promise<Aggregate> {
    let before: Decided<Aggregate> | undefined;
    for (let isFirst = true; ; isFirst = false) {
      const decided = await this.inLine(id, options, async (line): Promise<Decided<Aggregate>> => {
        const base = await this.baseOf(id, options, line, mayBeBehind && isFirst);
        const isUnchanged = base.tip === undefined && base.aggregate.version === before?.version;
        if (isUnchanged) return { ...before!, isCurrent: async () => true };
        return this.decideOn(base, decide, options, line);
      });
      if (await decided.isCurrent()) return decided.outcome();
      before = decided;
    }
  }

  /** In the line of the aggregate; not in a caller's transaction, whose appends nobody else may build on. */
  private inLine<Result>(
    id: string,
    { manager, at = 'call' }: UpdateOptions,
    work: (line: DecisionLine | undefined) => Promise<Result>,
  ): Promise<Result> {
    const isAlone = manager === undefined && at === 'call';
    return isAlone ? this.lines.pass(this.streamOf(id), work) : work(undefined);
  }

  /** What to decide on: what the decision before leaves, or what the cache has, or the log. */
  private async baseOf(
    id: string,
    { manager }: UpdateOptions,
    line: DecisionLine | undefined,
    mayBeBehind: boolean,
  ): Promise<Base<Aggregate>> {
    const tip = line?.tip;
    if (tip !== undefined)
      return { aggregate: this.loader.restored(this.aggregateClass, id, tip.state), tip };
    const hot = mayBeBehind ? this.loader.fromCache(this.aggregateClass, id) : undefined;
    if (hot !== undefined) return { aggregate: hot, mayBeBehind };
    return { aggregate: (await this.find(id, manager)) ?? this.notFound(id) };
  }

  private async decideOn(
    { aggregate, tip, mayBeBehind = false }: Base<Aggregate>,
    decide: Decide<Aggregate>,
    options: UpdateOptions,
    line: DecisionLine | undefined,
  ): Promise<Decided<Aggregate>> {
    const version = tip === undefined ? aggregate.version : undefined;
    const told = (outcome: () => Aggregate): Decided<Aggregate> => ({
      version,
      outcome,
      isCurrent: async () => (tip === undefined ? !mayBeBehind : this.isStored(aggregate, tip)),
    });
    try {
      this.mustBeAt(options.expectedVersion, aggregate);
      await decide(aggregate);
    } catch (error) {
      return told(() => throwing(error));
    }
    if (aggregate.uncommittedEvents.length === 0) return told(() => aggregate);
    const committing = this.commitInLine(aggregate, options, line, tip);
    return this.decidedByAppend(committing, { version, tip, mayBeBehind });
  }

  /** A refusal, or nothing raised, on a state that was on its way: whether it is stored. */
  private async isStored(aggregate: Aggregate, { stored }: Tip): Promise<boolean> {
    const position = await stored;
    if (position === undefined) return false;
    if (aggregate.uncommittedEvents.length === 0) aggregate.restore({ ...aggregate.stored, position });
    return true;
  }

  private decidedByAppend(
    committing: Promise<Aggregate>,
    {
      version,
      tip,
      mayBeBehind,
    }: { version: number | undefined; tip: Tip | undefined; mayBeBehind: boolean },
  ): Decided<Aggregate> {
    const decided: Decided<Aggregate> = {
      version,
      outcome: () => throwing(new Error('It is not known yet.')),
      isCurrent: async () => {
        try {
          const aggregate = await committing;
          decided.outcome = () => aggregate;
          return true;
        } catch (error) {
          decided.outcome = () => throwing(error);
          if (error instanceof BasisNotStored) return false;
          // Of any other failure nobody knows what became of the append: it is never decided on again.
          if (!(error instanceof ConcurrencyError)) return true;
          return tip === undefined ? !mayBeBehind : tip.ticket.state === 'stored';
        }
      },
    };
    return decided;
  }

  private commitInLine(
    aggregate: Aggregate,
    options: UpdateOptions,
    line: DecisionLine | undefined,
    tip: Tip | undefined,
  ): Promise<Aggregate> {
    if (line === undefined) return this.commit(aggregate, options);
    const ticket = new AppendTicket(tip?.ticket);
    const state = aggregate.next;
    const committing = this.commit(aggregate, options, ticket);
    const stored = committing.then(
      ({ position }) => position,
      () => {
        ticket.settle('failed'); // also where it never came to the queue
        return undefined;
      },
    );
    line.follow({ state, ticket, stored });
    return committing;
  }

  private mustBeAt(expected: number | undefined, { id, version }: Aggregate): void {
    if (expected === undefined || expected === version) return;
    throw new VersionMismatchError(this.streamOf(id), expected, version);
  }

  private async commit(
    aggregate: Aggregate,
    options: SaveOptions,
    ticket?: AppendTicket,
  ): Promise<Aggregate> {
    const { version: since, uncommittedEvents: events } = aggregate;
    if (events.length === 0) return aggregate;
    aggregate.beginAppend();
    let tooLate: Error | undefined;
    let last: AppendResult | PendingAppend;
    try {
      last = await this.append(aggregate, options, ticket);
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
    ticket: AppendTicket | undefined,
  ): Promise<AppendResult | PendingAppend> {
    const own = { streamId: this.streamOf(id), expectedVersion: version, events };
    try {
      const options = (manager || at) && ({ manager, at } as AppendOptions); // or an append at the commit
      const appends = [...alongside, own];
      return await (ticket === undefined
        ? this.store.appendToStreams(appends, options)
        : this.store.appendDecision(appends, ticket));
    } catch (error) {
      if (error instanceof BasisNotStored) throw error;
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

/** What is decided on. */
interface Base<Aggregate> {
  aggregate: Aggregate;
  /** Where its state is on its way into the log. */
  tip?: Tip;
  /** Whether the log may have newer events. */
  mayBeBehind?: boolean;
}

/** What a decision came to. */
interface Decided<Aggregate> {
  /** Of the stored state that it was taken on; undefined where that was on its way. */
  version: number | undefined;
  /** Whether that was the current one; asked before the outcome. */
  isCurrent: () => Promise<boolean>;
  outcome: () => Aggregate;
}

function throwing(error: unknown): never {
  throw error;
}

function isConflictOn(streamId: string, error: unknown): error is ConcurrencyError {
  return error instanceof ConcurrencyError && error.streamId === streamId;
}
