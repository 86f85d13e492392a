import { EventfoldError } from '../errors.js';

/**
 * The COMMIT rolled the caller's transaction back, since the caller had caught the error of a failed statement in it.
 * Nothing of the transaction is stored.
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
