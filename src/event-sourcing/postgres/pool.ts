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
 * The pool of a data source, guarded. It is asked for at each use: an application may initialize its data source late,
 * and each `initialize()` makes a new pool.
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
 * A connection beside the pool that is made as the pool makes its own, so that an application configures that once:
 * with its class of clients, and with all its options. `pg` hides the password, which may be a function, and keys of
 * TLS from enumeration, so a spread loses them.
 */
export function clientBeside(pool: Pool, options: ClientConfig): Client {
  const { Client: ClientOfPool, options: shared } = pool as unknown as {
    Client: new (config: ClientConfig) => Client;
    options: ClientConfig;
  };
  const own = Object.defineProperties({}, Object.getOwnPropertyDescriptors(shared));
  return new ClientOfPool(Object.assign(own, options));
}
