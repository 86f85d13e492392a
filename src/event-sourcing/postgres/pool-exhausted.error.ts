import { EventfoldError } from '../errors.js';

/**
 * No connection of the data source became free in time. Nothing was sent. The usual causes: transactions of the
 * application that each wait for a second connection, connections that are never given back, or a pool that is too
 * small.
 */
export class PoolExhaustedError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'pool-exhausted';

  constructor(poolSize: number, waitedMs: number) {
    super(
      `None of all ${poolSize} connections of the pool became free within ${waitedMs} ms. ` +
        'Transactions that append outside of ' +
        'themselves hold one and wait for another: give the append their { manager }. ' +
        'Otherwise raise "poolSize", or look ' +
        'for query runners that are not released.',
    );
  }

  override get detail() {
    return 'No connection to the database is free. Try again in a moment.';
  }
}
