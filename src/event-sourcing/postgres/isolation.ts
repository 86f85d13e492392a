import type { Pool, PoolClient } from 'pg';

/** One answer for each pool: its connections all have one role and one database. */
const known = new WeakMap<Pool, boolean>();

/**
 * Whether a transaction without an isolation level is READ COMMITTED on the connections of this pool. A role, a
 * database or the server may have another default. It asks once: a later change of the default counts from the next
 * start on.
 */
export async function isReadCommitted(pool: Pool, connection: PoolClient): Promise<boolean> {
  const isKnown = known.get(pool);
  if (isKnown !== undefined) return isKnown;
  const { rows } = await connection.query<{ isolation: string }>(
    `select current_setting('default_transaction_isolation') as isolation`,
  );
  const is = rows[0]!.isolation === 'read committed';
  known.set(pool, is);
  return is;
}

/** Asks again at the next transaction: another server may have another default. */
export const forgetIsolation = (pool: Pool): void => void known.delete(pool);
