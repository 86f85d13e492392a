import type { Pool } from 'pg';
import { EventfoldError } from '../errors.js';

/** How long a statement waits for a connection of a pool that sets no limit of its own, in ms. */
const CONNECTION_WAIT_MS = 10_000;

/**
 * No connection of the data source became free in time. Nothing was sent. The usual causes: transactions of the application
 * that each wait for a second connection, connections that are never given back, a pool that is too small.
 */
export class PoolExhaustedError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'pool-exhausted';

  constructor(poolSize: number, waitedMs: number) {
    super(
      `None of all ${poolSize} connections of the pool became free within ${waitedMs} ms. Transactions that append outside of ` +
        'themselves hold one and wait for another: give the append their { manager }. Otherwise raise "poolSize", or look ' +
        'for query runners that are not released.',
    );
  }
}

/**
 * What `take` gets from the pool, in bounded time. A limit that the pool itself has is its own matter. A connection that comes
 * too late is given back.
 *
 * @throws PoolExhaustedError
 */
export async function takeInTime<Taken>(
  pool: Pool,
  take: () => Promise<Taken>,
  giveBack: (late: Taken) => void,
): Promise<Taken> {
  if (hasFreeConnection(pool) || pool.options.connectionTimeoutMillis) return take();
  const taking = take();
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), CONNECTION_WAIT_MS);
  });
  try {
    const taken = await Promise.race([taking, tooLate]);
    if (taken !== undefined) return taken;
  } finally {
    clearTimeout(timer);
  }
  taking.then(giveBack, () => undefined);
  throw new PoolExhaustedError(pool.options.max, CONNECTION_WAIT_MS);
}

/** Whether a statement would get a connection at once. */
export function hasFreeConnection({ idleCount, totalCount, waitingCount, options }: Pool): boolean {
  return waitingCount === 0 && (idleCount > 0 || totalCount < options.max);
}
