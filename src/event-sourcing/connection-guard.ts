import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';

/**
 * Keeps a connection that the server ends in the moment it is established from ending the process. The pool of `pg`
 * stops listening for a client's errors before TypeORM begins to; an error that comes in between, in the same packet as
 * the greeting, has no listener, and Node makes that an uncaught exception. The failure itself is not hidden: the next
 * statement on the connection reports it.
 */
export function guardConnections(dataSource: DataSource): void {
  const { master } = dataSource.driver as unknown as { master: Pool };
  master.on('connect', (client) => client.on('error', () => undefined));
}
