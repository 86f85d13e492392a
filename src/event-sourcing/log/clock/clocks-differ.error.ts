import { EventfoldError } from '../../errors.js';

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
