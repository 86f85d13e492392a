import type { Pool, PoolClient } from 'pg';

/**
 * Keeps a connection that the server ends at the wrong moment from ending the process. While a connection is lent, the
 * pool of `pg` does not listen for its errors; one that comes while no statement runs on it, or in the same packet as
 * the greeting, has no listener, and Node makes that an uncaught exception. The failure itself is not hidden: the next
 * statement on the connection reports it. Can be called again.
 *
 * At each loan, not at each new connection: TypeORM's first is there before this is called.
 */
export function guardConnections(pool: Pool): void {
  if (!pool.listeners('acquire').includes(guard)) pool.on('acquire', guard);
}

function guard(client: PoolClient): void {
  if (!client.listeners('error').includes(ignore)) client.on('error', ignore);
}

const ignore = () => undefined;
