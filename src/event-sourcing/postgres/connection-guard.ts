import type { Pool, PoolClient } from 'pg';

const guarded = new WeakSet<Pool>();

/**
 * Keeps an error of a connection from ending the process. The pool of `pg` does not listen for the errors of a lent
 * connection. So an error between two statements, or in the packet of the greeting, has no listener, and Node.js makes
 * it an uncaught exception. The guard hides no failure: the next statement on the connection reports it. Can be called
 * again.
 *
 * The guard listens at each loan, not at each new connection: TypeORM opens its first connection before this call.
 *
 * @param lost is called when a connection was lost. It is also called at the first loan of a pool without connections:
 * nobody has noticed meanwhile whether the server went away.
 */
export function guardConnections(pool: Pool, lost: () => void = () => undefined): void {
  if (guarded.has(pool)) return;
  guarded.add(pool);
  const open = new Set<PoolClient>();
  pool.on('acquire', (client) => {
    if (open.has(client)) return;
    if (open.size === 0) lost();
    open.add(client);
    client.on('error', lost);
  });
  pool.on('remove', (client) => open.delete(client));
}
