import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AggregateLoader, streamOf } from './aggregate-loader.js';
import { Decision } from './decision.js';
import type { DecisionLine } from './decision-line.js';
import { DecisionLines } from './decision-lines.js';
import type { AggregateClass, AggregateRoot } from './aggregate-root.js';
import type { AppendOptions, AppendResult, PendingAppend } from '../log/append/append.js';
import { type AppendTicket, BasisNotStored } from '../log/append/append-ticket.js';
import { enterTransaction } from '../log/append/surrounding-transactions.js';
import { CurrentTransaction } from '../log/append/current-transaction.js';
import { LogWriter } from '../log/append/log-writer.js';
import type { RunningTurn } from '../log/append/running-turn.js';
import { EventStore } from '../log/event-store.js';
import { deciding, refuseInsideDecision } from '../log/running-decisions.js';
import { AggregateNotFoundError } from './aggregate-errors.js';
import { ConcurrencyError, VersionMismatchError } from '../log/append/append-errors.js';
import { ResolvedOptions } from '../options.js';
import { requireArguments } from '../options/require-arguments.js';
import { CREATE, EXISTS, FIND, FIND_AT, FIND_AT_VERSION, UPDATE } from './repository-arguments.js';
import { refuseOwnStream, requireEvents, type SaveOptions, type UpdateOptions } from './save-options.js';
import { retrying } from '../background/retry.js';
import { Telemetry } from '../telemetry/telemetry.js';

/**
 * Loads and stores aggregates of one class. `forFeature({ aggregates })` makes one; derive a class to add methods:
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
  @Inject() protected readonly writer: LogWriter;
  @Inject() protected readonly loader: AggregateLoader;
  @Inject() protected readonly lines: DecisionLines;
  @Inject() protected readonly options: ResolvedOptions;
  @Inject() protected readonly telemetry: Telemetry;
  @Inject() protected readonly current: CurrentTransaction;

  streamOf(id: string): string {
    return streamOf(this.aggregateClass, id);
  }

  async exists(id: string): Promise<boolean> {
    requireArguments('EventSourcedRepository.exists', { id }, EXISTS);
    const streamId = this.streamOf(id);
    if ((await this.store.readStream(streamId, { maxCount: 1 })).length > 0) return true;
    return this.store.pendingEvents(streamId).length > 0;
  }

  /** The current aggregate; undefined when it has no events. */
  async find(id: string, manager = this.current.manager): Promise<Aggregate | undefined> {
    requireArguments('EventSourcedRepository.find', { id, manager }, FIND);
    if (manager !== undefined) enterTransaction(manager);
    return this.loader.load(this.aggregateClass, id, manager);
  }

  /**
   * The aggregate after its first `version` events; undefined when it never had that many.
   *
   * @throws PastStatesBusyError when too many such calls for long streams wait
   */
  async findAtVersion(id: string, version: number): Promise<Aggregate | undefined> {
    requireArguments('EventSourcedRepository.findAtVersion', { id, version }, FIND_AT_VERSION);
    const aggregate = await this.loader.loadPast(this.aggregateClass, id, version);
    return aggregate?.version === version ? aggregate : undefined;
  }

  /** The aggregate as it was at an instant; undefined when it had no event by then. */
  async findAt(id: string, instant: Date): Promise<Aggregate | undefined> {
    requireArguments('EventSourcedRepository.findAt', { id, instant }, FIND_AT);
    const version = await this.store.versionAt(this.streamOf(id), instant);
    return version === 0 ? undefined : this.findAtVersion(id, version);
  }

  /**
   * Stores an aggregate that must not exist yet.
   *
   * @throws ConcurrencyError when its stream, or one alongside, is not as expected
   */
  async create(aggregate: Aggregate, options: SaveOptions = {}): Promise<Aggregate> {
    const method = 'EventSourcedRepository.create';
    requireArguments(method, { aggregate, options }, CREATE);
    refuseOwnStream(method, this.streamOf(aggregate.id), options.alongside);
    requireEvents(method, aggregate.uncommittedEvents, options);
    const { turn } = options;
    const joined = turn === undefined ? this.joining(options) : await inTurn(options, turn);
    aggregate.beginSave();
    let tooLate: Error | undefined;
    try {
      await this.commit(aggregate, joined);
    } finally {
      tooLate = aggregate.endSave();
    }
    return requireNoneTooLate(aggregate, tooLate);
  }

  /**
   * Loads the aggregate, lets `decide` call business methods, and appends the events they raised. When another append
   * came first, the aggregate is loaded again and **`decide` runs again on the fresh state**: a decision made on the
   * old state may not hold any more. So `decide` must have no effects of its own, such as a mail: it may run several
   * times, also with `retry: { maxAttempts: 1 }`.
   *
   * @throws any error that `decide` throws
   * @throws ConcurrencyError after `retry.maxAttempts` conflicts, or at the first one in a transaction; when the events
   * are appended at the commit, the commit throws it
   * @throws VersionMismatchError when the aggregate is not at `expectedVersion`
   * @throws NestedUpdateError inside the `decide` of an update of the same aggregate
   * @throws RaisedDuringAppendError when an event is raised after `decide` has returned; the earlier ones are stored
   * @throws AppendsClosedError when the application is closing
   */
  async update(id: string, decideOnce: Decide<Aggregate>, given: UpdateOptions = {}): Promise<Aggregate> {
    const called = { id, decide: decideOnce, options: given };
    requireArguments('EventSourcedRepository.update', called, UPDATE);
    const streamId = this.streamOf(id);
    refuseOwnStream('EventSourcedRepository.update', streamId, given.alongside);
    refuseInsideDecision(this.store, streamId);
    const options = given.turn === undefined ? this.joining(given) : await inTurn(given, given.turn);
    const { expectedVersion, manager } = options;
    if (manager !== undefined) enterTransaction(manager);
    const decide = this.countingRepeats(decideOnce);
    const decision = this.decisionOf(id, decide, options);
    let mayBeBehind = manager === undefined;
    const attempt = () => {
      const first = mayBeBehind;
      mayBeBehind = false; // after a conflict the next attempt begins with a read
      return decision.untilCurrent(first);
    };
    try {
      const aggregate = await retrying(attempt, {
        ...this.options.retryOf(options.retry),
        retryOn: (error) =>
          expectedVersion === undefined && manager === undefined && isConflictOn(streamId, error),
      });
      return requireNoneTooLate(aggregate, aggregate.endSave());
    } catch (error) {
      if (expectedVersion === undefined || !isConflictOn(streamId, error)) throw error;
      throw new VersionMismatchError(streamId, expectedVersion, error.actualVersion);
    }
  }

  /** Adds the running transaction (`currentTransaction`) when the caller has given none. */
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

  private decisionOf(id: string, decide: Decide<Aggregate>, options: UpdateOptions): Decision<Aggregate> {
    const { aggregateClass, loader } = this;
    const { manager, at = 'call', expectedVersion } = options;
    // In a caller's transaction no other decision may build on the appended events. And a decision inside a transaction
    // that has appended would wait behind others that wait for that transaction.
    const isAlone = manager === undefined && at === 'call' && !this.writer.isLockedAround;
    return new Decision<Aggregate>({
      inLine: (work) => (isAlone ? this.inLine(id, work) : work(undefined)),
      cached: () => loader.fromCache(aggregateClass, id),
      isCurrent: (aggregate) => loader.isCurrent(aggregateClass, aggregate),
      fresh: async () => (await this.find(id, manager)) ?? this.notFound(id),
      restored: (state) => loader.restored(aggregateClass, id, state),
      decide: (aggregate) => {
        this.mustBeAt(expectedVersion, aggregate);
        const decided = deciding(this.store, this.streamOf(id), () => decide(aggregate));
        return decided.finally(() => aggregate.beginSave());
      },
      commit: (aggregate, ticket) => this.commit(aggregate, options, ticket),
    });
  }

  /** A decision whose turn comes when the application is closing is not made: it could not be stored. */
  private inLine<Result>(id: string, work: (line: DecisionLine) => Promise<Result>): Promise<Result> {
    return this.lines.pass(this.streamOf(id), async (line) => {
      this.writer.requireOpen();
      return work(line);
    });
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
    const { generation } = this.loader;
    const last = await this.append(aggregate, options, ticket);
    if (last.verdict === 'pending') aggregate.markHandedIn(positionOf(last));
    else this.noteStored(aggregate, last, { since, generation, manager: options.manager });
    return aggregate;
  }

  private noteStored(
    aggregate: Aggregate,
    last: AppendResult,
    { since, generation, manager }: { since: number; generation: number; manager: EntityManager | undefined },
  ): void {
    // Otherwise the events repeat earlier ones of the log, and this state must not be kept.
    const isNext = last.verdict === 'appended' && last.version === since + aggregate.uncommittedEvents.length;
    aggregate.markCommitted(last);
    if (isNext && manager === undefined)
      this.loader.remember(this.aggregateClass, aggregate, { since, generation });
  }

  private async append(
    { id, version, uncommittedEvents: events }: Aggregate,
    { manager, at, alongside = [] }: SaveOptions,
    ticket: AppendTicket | undefined,
  ): Promise<AppendResult | PendingAppend> {
    const own = { streamId: this.streamOf(id), expectedVersion: version, events };
    try {
      const options = (manager || at) && ({ manager, at } as AppendOptions); // `at` may also be "commit"
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

/** Returns the saved aggregate. @throws the error of an event that was raised meanwhile */
function requireNoneTooLate<Aggregate>(aggregate: Aggregate, tooLate: Error | undefined): Aggregate {
  if (tooLate !== undefined) throw tooLate;
  return aggregate;
}

const positionOf = (pending: PendingAppend) => ({
  get position() {
    return pending.result?.position;
  },
});

type Decide<Aggregate> = (aggregate: Aggregate) => void | Promise<void>;

/** The options of a call that joins a turn. */
const inTurn = async <Options extends SaveOptions>(
  options: Options,
  turn: RunningTurn,
): Promise<Options> => ({
  ...options,
  manager: await turn.appending(),
  at: 'commit',
});

function isConflictOn(streamId: string, error: unknown): error is ConcurrencyError {
  return error instanceof ConcurrencyError && error.streamId === streamId;
}
