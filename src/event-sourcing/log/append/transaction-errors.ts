import { ConcurrencyError } from './append-errors.js';
import { EventfoldError } from '../../errors.js';

/**
 * A stream was not at the expected version when the caller's transaction was about to commit. Nothing of the
 * transaction is stored. The business rule cannot be run again by itself: the caller must try the whole transaction
 * again.
 */
export class TransactionConflictError extends ConcurrencyError {
  constructor({ streamId, expectedVersion, actualVersion }: ConcurrencyError) {
    super(streamId, expectedVersion, actualVersion);
    this.message +=
      ' The transaction that was to append to it is not committed: try the whole transaction again.';
  }
}

/**
 * A position, time or verdict was read before the caller's transaction was committed. The log assigns them at the
 * commit.
 */
export class NotCommittedError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'not-committed';

  constructor(what: string) {
    super(
      `The ${what} of an append in a transaction is known after the commit, and the transaction is not committed: ` +
        `read the ${what} after the transaction, or append at once with { at: "call" }.`,
    );
  }
}

/** The function `currentTransaction` returned something that an append or a read of the event store cannot join. */
export class CurrentTransactionError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'current-transaction';

  constructor(fault: string) {
    super(`The function "currentTransaction" of the event store has returned ${fault}.`);
  }
}
