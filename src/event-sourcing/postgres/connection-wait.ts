import type { Pool } from 'pg';
import { PoolExhaustedError } from './pool-exhausted.error.js';

/** How long a statement waits for a connection when the pool sets no limit of its own, in ms. */
const CONNECTION_WAIT_MS = 10_000;

/**
 * Takes from the pool, in bounded time. A limit of the pool itself replaces this one. A connection that comes too late
 * is given back.
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
