import { EventfoldError } from '../../errors.js';

/** There is no erasure with this id. */
export class ErasureNotFoundError extends EventfoldError {
  readonly kind = 'not-found';
  readonly code = 'erasure.not-found';

  constructor(id: string) {
    super(`There is no erasure ${id}.`);
  }
}

/** The database lacks erasures that the ledger has: it is older than they are, as after a restore from a backup. */
export class BehindLedgerError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'behind-ledger';

  constructor(ledger: string, missing: number) {
    super(
      `The ledger ${ledger} has ${missing} ${missing === 1 ? 'erasure' : 'erasures'} that the database has not, as ` +
        'after a restore from a backup: run "eventfold privacy reapply" before the start, or persons who were erased ' +
        'are back.',
    );
  }
}
