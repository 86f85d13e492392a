import { EventfoldError } from '../errors.js';

/**
 * The database lost a key under which personal fields of an append or a timer were encrypted, as at a failover to a
 * server that lacks the last commits. Nothing is stored. Eventfold encrypts again under a new key by itself; in a
 * transaction of the caller, which PostgreSQL has aborted, the caller must try the whole transaction again.
 */
export class PersonalKeyLostError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'personal-key-lost';

  /** @param keyIds the ids of the lost keys */
  constructor(readonly keyIds: readonly string[]) {
    super(
      `The database lost keys of personal data (${keyIds.join(', ')}), as at a failover to a server that lacks the ` +
        'last commits. Nothing was stored. Try again: new keys are made then.',
    );
  }

  override get detail() {
    return 'The database lost a key of personal data. Nothing was stored. Try again in a moment.';
  }
}
