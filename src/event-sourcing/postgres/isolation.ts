/** A connection of `pg`. */
interface Connection {
  query(text: string): Promise<{ rows: { isolation: string }[] }>;
}

const known = new WeakMap<Connection, boolean>();

/**
 * Whether transactions that name no isolation level are READ COMMITTED on this connection: a role, a database or the
 * server may have another default. Asked once for each connection.
 */
export async function isReadCommitted(connection: Connection): Promise<boolean> {
  const isKnown = known.get(connection);
  if (isKnown !== undefined) return isKnown;
  const { rows } = await connection.query(
    `select current_setting('default_transaction_isolation') as isolation`,
  );
  const is = rows[0]!.isolation === 'read committed';
  known.set(connection, is);
  return is;
}
