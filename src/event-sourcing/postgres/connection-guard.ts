import type { Pool, PoolClient } from 'pg';

/**
 * Keeps an error of a connection from ending the process. The pool of `pg` does not listen for the errors of a lent
 * connection. So an error between two statements, or in the packet of the greeting, has no listener, and Node.js makes
 * it an uncaught exception. The guard hides no failure: the next statement on the connection reports it. Can be called
 * again.
 *
 * The guard listens at each loan, not at each new connection: TypeORM opens its first connection before this call.
 */
export function guardConnections(pool: Pool): void {
  if (!pool.listeners('acquire').includes(guard)) pool.on('acquire', guard);
}

function guard(client: PoolClient): void {
  if (!client.listeners('error').includes(ignore)) client.on('error', ignore);
}

const ignore = () => undefined;
