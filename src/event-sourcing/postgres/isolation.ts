import type { Pool, PoolClient } from 'pg';

/** Of each pool: its connections are all of one role and one database. */
const known = new WeakMap<Pool, boolean>();

/**
 * Whether transactions that name no isolation level are READ COMMITTED on the connections of this pool: a role, a
 * database or the server may have another default. Asked once: a default that is changed later counts from the next
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
