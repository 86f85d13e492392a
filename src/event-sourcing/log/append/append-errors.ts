import { EventfoldError } from '../../errors.js';

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

/** The call's idempotency key is taken: by an earlier call of the same kind, or by an earlier append of this call. */
export class RepeatedCallError extends EventfoldError {
  readonly kind = 'conflict';
  readonly code = 'repeated-call';

  constructor(key: string) {
    super(`A call under the idempotency key "${key}" has appended already; a call may append once.`);
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

/** The application is closing: the event store appends what it has accepted, and accepts no more. */
export class AppendsClosedError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'stopping';

  constructor() {
    super('The application is closing, and its event store takes no more appends. Nothing was appended.');
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
