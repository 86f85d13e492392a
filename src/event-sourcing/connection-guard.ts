import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';

/**
 * Keeps a connection that the server ends at the wrong moment from ending the process. While a connection is lent, the
 * pool of `pg` does not listen for its errors; one that comes while no statement runs on it, or in the same packet as
 * the greeting, has no listener, and Node makes that an uncaught exception. The failure itself is not hidden: the next
 * statement on the connection reports it.
 *
 * At each loan, not at each new connection: TypeORM's first is there before this is called.
 */
export function guardConnections(dataSource: DataSource): void {
  const { master } = dataSource.driver as unknown as { master: Pool };
  master.on('acquire', (client) => {
    if (!client.listeners('error').includes(ignore)) client.on('error', ignore);
  });
}

const ignore = () => undefined;
