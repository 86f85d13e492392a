import type { Client, ClientConfig, Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { guardConnections } from './connection-guard.js';
import { EventfoldError } from '../errors.js';

/** The application has not initialized its data source yet, or has destroyed it. */
export class DataSourceNotConnectedError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'data-source-not-connected';

  constructor() {
    super(
      'The data source has no connection to the database: the application has not called dataSource.initialize() ' +
        'yet, or has called dataSource.destroy().',
    );
  }
}

const masterOf = ({ driver }: DataSource): Pool | undefined => (driver as PostgresDriver).master;

export const isConnected = (dataSource: DataSource): boolean => masterOf(dataSource) !== undefined;

/**
 * The guarded pool of a data source. Callers ask for it at each use: an application may initialize its data source
 * late, and each `initialize()` makes a new pool.
 *
 * @throws DataSourceNotConnectedError
 */
export function poolOf(dataSource: DataSource): Pool {
  const pool = masterOf(dataSource);
  if (pool === undefined) throw new DataSourceNotConnectedError();
  guardConnections(pool);
  return pool;
}

/**
 * A connection outside the pool, with the pool's class of clients and all its options. So an application configures its
 * connections once. `pg` hides the password, which may be a function, and the TLS keys from enumeration: a spread would
 * lose them.
 */
export function clientBeside(pool: Pool, options: ClientConfig): Client {
  const { Client: ClientOfPool, options: shared } = pool as unknown as {
    Client: new (config: ClientConfig) => Client;
    options: ClientConfig;
  };
  const own = Object.defineProperties({}, Object.getOwnPropertyDescriptors(shared));
  return new ClientOfPool(Object.assign(own, options));
}
