import type { Pool } from 'pg';
import { InvalidOptionsError } from '../options/resolve-options.js';
import { isTransient } from '../transient-failure.js';

/** @throws InvalidOptionsError when the pool can never have so many connections at once */
export function requireRoom({ options: { max } }: Pool, connections: number): void {
  if (max >= connections) return;
  throw new InvalidOptionsError([
    `poolSize of the data source is ${max}: it must be at least ${connections}, 1 for commands and queries and ` +
      `${connections - 1} for the turns of projections and reactions; 10 is usual. A process with "projections: false" needs 1.`,
  ]);
}

/**
 * TypeORM takes `pg-native` without being asked, wherever it is installed. Nothing here was ever run with it: it reports
 * notifications and the end of a connection in other ways.
 *
 * @throws InvalidOptionsError; nothing when the database is away, for which the start waits
 */
export async function requireJavaScriptDriver(pool: Pool): Promise<void> {
  const client = await pool.connect().catch((error: unknown) => {
    if (isTransient(error)) return undefined;
    throw error;
  });
  client?.release();
  if (client === undefined || !('native' in client)) return;
  throw new InvalidOptionsError([
    'The data source uses pg-native, with which Eventfold does not work: uninstall it, or give the data source ' +
      '"driver: { ...pg, native: undefined }", so that TypeORM takes pg itself.',
  ]);
}
