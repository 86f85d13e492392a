/**
 * What went wrong, in one word, for the code that answers (HTTP, a queue, a command line):
 *
 * - `invalid`: this request can never succeed
 * - `not-found`: the request names something that does not exist
 * - `refused`: a business rule does not allow it
 * - `conflict`: another request was faster; the same request may succeed on the fresh state
 * - `unavailable`: try again later
 * - `broken`: a defect or a damaged log; the details are for the operator
 */
export type ErrorKind = 'invalid' | 'not-found' | 'refused' | 'conflict' | 'unavailable' | 'broken';

/** The base of every error that Eventfold throws. `code` is stable and part of the interface; the message is not. */
export abstract class EventfoldError extends Error {
  abstract readonly kind: ErrorKind;
  abstract readonly code: string;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }

  /** The text that clients see. */
  get detail(): string {
    return this.message;
  }

  /** Facts that a caller can act on. Clients see them. */
  get details(): Record<string, unknown> {
    return {};
  }
}

/** The log has no event of the aggregate. The code begins with the stream's name: `order.not-found`. */
export class AggregateNotFoundError extends EventfoldError {
  readonly kind = 'not-found';
  readonly code: string;

  constructor(
    readonly stream: string,
    readonly id: string,
  ) {
    super(`There is no ${stream} ${id}.`);
    this.code = `${stream}.not-found`;
  }
}

/** A stream is not at the version that an append expected. */
export class ConcurrencyError extends EventfoldError {
  readonly kind = 'conflict';
  readonly code: string = 'version-conflict';

  constructor(
    readonly streamId: string,
    readonly expectedVersion: number | 'stream-exists',
    readonly actualVersion: number,
  ) {
    super(`Stream ${streamId} is at version ${actualVersion}, not at ${expectedVersion}.`);
  }

  override get details() {
    return { expectedVersion: this.expectedVersion, actualVersion: this.actualVersion };
  }
}

/** The version that the client named (`If-Match`) is not the current one. Never retried. */
export class VersionMismatchError extends ConcurrencyError {
  override readonly code = 'version-mismatch';
}

/** Some events of an append are in the log already and others are not: it is neither a new append nor a repeat. */
export class PartialDuplicateError extends EventfoldError {
  readonly kind = 'conflict';
  readonly code = 'partial-duplicate';

  constructor(readonly eventIds: readonly string[]) {
    super(`Only a part of the append is in the log already (${eventIds.join(', ')}); nothing was appended.`);
  }

  override get details() {
    return { eventIds: this.eventIds };
  }
}

/**
 * A business method raised an event while earlier events were being appended: the function given to `update` did not
 * await all its work. The event is not stored, and not in the state.
 */
export class RaisedDuringAppendError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'raised-during-append';

  constructor(type: string, aggregate: string, id: string) {
    super(
      `"${type}" was raised on ${aggregate} ${id} while earlier events were being appended, ` +
        'and is not stored. ' +
        'In the function given to "update", await all calls that raise events.',
    );
  }
}

/** The event store cannot accept an event, a stream id or an option. */
export class InvalidAppendError extends EventfoldError {
  readonly kind = 'invalid';
  readonly code = 'invalid-append';
}

/** The parts of an event of the log that an error message names. */
interface PlacedEvent {
  type: string;
  streamId: string;
  version: number;
  position: number;
}

const place = ({ streamId, version, position }: PlacedEvent) =>
  `stream ${streamId}, version ${version}, position ${position}`;

const leftToNewerBuild = ({ streamId }: PlacedEvent) =>
  `Stream ${streamId} has events that a newer version of this service wrote, and that this instance cannot read yet. ` +
  'Try again in a moment.';

/**
 * The log holds an event type without a registered class. Either a newer build wrote it, or its class is missing in the
 * module; the two look the same. Nothing is decided or folded without the event.
 */
export class UnknownEventTypeError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'unknown-event-type';

  constructor(private readonly event: PlacedEvent) {
    super(
      `No class is registered for event type "${event.type}" (${place(event)}). If a newer build wrote it, its ` +
        'instances can read it. Otherwise list it in EventSourcingModule.forFeature({ events: [...] }).',
    );
  }

  override get detail() {
    return leftToNewerBuild(this.event);
  }
}

/** The stream of an aggregate holds an event that the aggregate does not handle. */
export class UnexpectedEventError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'unexpected-event';

  constructor(event: PlacedEvent, aggregate: string) {
    super(
      `Event type "${event.type}" (${place(event)}) is not handled by ${aggregate}: add it to its "evolve".`,
    );
  }
}

/**
 * A stored event has a newer schema version than this build knows (`unavailable`: instances of the build that wrote it
 * can read it), or an upcaster is missing (`broken`).
 */
export class UnknownSchemaVersionError extends EventfoldError {
  readonly kind: 'unavailable' | 'broken';
  readonly code = 'unknown-schema-version';

  constructor(
    private readonly event: PlacedEvent,
    from: number,
    /** The schema version of this build's class. */
    readonly current: number,
  ) {
    super(
      `Event type "${event.type}" is stored with schema version ${from} (${place(event)}), and no upcaster of this build ` +
        `leads from ${from} to ${current}.`,
    );
    this.kind = from > current ? 'unavailable' : 'broken';
  }

  override get detail() {
    return leftToNewerBuild(this.event);
  }
}

/** Whether a newer build wrote the event. Then this build must leave the event to instances of that build. */
export const isOfNewerBuild = (error: unknown): boolean =>
  error instanceof UnknownEventTypeError ||
  (error instanceof UnknownSchemaVersionError && error.kind === 'unavailable');

/** The call's idempotency key is taken: by an earlier call of the same kind, or by an earlier append of this call. */
export class RepeatedCallError extends EventfoldError {
  readonly kind = 'conflict';
  readonly code = 'repeated-call';

  constructor(key: string) {
    super(`A call under the idempotency key "${key}" has appended already; a call may append once.`);
  }
}

/** The idempotency key was used for another request. */
export class IdempotencyKeyReusedError extends EventfoldError {
  readonly kind = 'invalid';
  readonly code = 'idempotency-key-reused';

  constructor(key: string) {
    super(`The idempotency key "${key}" was used for another request. Use a new key for a new request.`);
  }
}

/**
 * An append has waited for the lock of the log for `appendLockTimeoutMs`: another transaction has appended, or locked
 * the log in another way, and does not end. Nothing of the append is stored.
 */
export class AppendLockTimeoutError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'append-lock-timeout';

  constructor(
    waitedMs: number,
    /** The session that holds the lock, in words; undefined when it was not found. */
    readonly holder: string | undefined,
    options?: { cause?: unknown },
  ) {
    super(
      `The append waited ${waitedMs} ms for the lock of the log, which ` +
        `${holder === undefined ? 'was held by a transaction that has ended' : `is held by ${holder}`}. ` +
        'A transaction holds it from its append to its end: ' +
        'append at the commit ({ manager, at: "commit" }), or last, ' +
        'and wait for nothing afterwards. To end a session: select pg_terminate_backend(pid).',
      options,
    );
  }

  override get detail() {
    return 'Another transaction keeps the event log locked. Nothing was appended. Try again in a moment.';
  }
}

/**
 * An append was called without the `manager` of the transaction around it, and that transaction has appended already.
 * Each would wait for the other. Nothing of the append is stored.
 */
export class AppendInsideTransactionError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'append-inside-transaction';

  /** Has no cause: the lock timeout as its cause would make it look like a transient failure, which is retried. */
  constructor() {
    super(
      'This append was called without the `manager` of the transaction around it, which has appended already: ' +
        'each would wait for the other. ' +
        'Give the append the same { manager }, ' +
        'let all appends of the transaction wait for its commit ({ manager, at: "commit" }), ' +
        'or append before it begins or after it has ended.',
    );
  }
}

/**
 * The caller's transaction was rolled back at its COMMIT, since the caller had caught the error of a failed statement
 * in it. Nothing of the transaction is stored.
 */
export class TransactionAbortedError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'transaction-aborted';

  constructor() {
    super(
      'PostgreSQL has answered the COMMIT with ROLLBACK: ' +
        'a statement of the transaction had failed, and the caller had caught its ' +
        'error. Let the error end the transaction, or put the statement into a savepoint (manager.transaction).',
    );
  }
}

/** Too many appends are waiting for the log already. */
export class OverloadedError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'overloaded';

  constructor(waiting: number) {
    super(`${waiting} appends are waiting for the log already. Try again in a moment.`);
  }
}

/** Too many reads of past states of long streams are waiting already. */
export class PastStatesBusyError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'overloaded';

  constructor(waiting: number) {
    super(
      `${waiting} questions about past states of long streams are waiting already. Try again in a moment.`,
    );
  }
}

/** The clocks of the database and of this process differ by more than is allowed. Which one is wrong is not known. */
export class ClocksDifferError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'clocks-differ';

  constructor(database: Date, process: Date) {
    super(
      `The clock of the database says ${database.toISOString()}, ` +
        `and that of this machine ${process.toISOString()}: put the ` +
        'wrong one right first.',
    );
  }
}

/** A projection did not reach a position in the time that a query may wait. */
export class NotCaughtUpError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'not-caught-up';

  constructor(
    readonly projection: string,
    readonly wanted: number,
    readonly position: number,
    /** The parked key, when that is the reason. */
    readonly parkedKey?: string,
  ) {
    super(
      parkedKey === undefined
        ? `Projection ${projection} is at position ${position} and has not folded position ${wanted} yet.`
        : `Projection ${projection} has parked the events of "${parkedKey}", after one that it could not fold: ` +
            'its row stays old until the key is retried or skipped.',
    );
  }

  override get details() {
    const { projection, position, parkedKey } = this;
    const lagEvents = Math.max(0, this.wanted - position);
    return { projection, position, lagEvents, ...(parkedKey !== undefined && { parkedKey }) };
  }
}
