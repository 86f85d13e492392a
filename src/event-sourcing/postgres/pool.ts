import { EventEmitter } from 'node:events';
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

const LOST = 'lost';

/** By driver: it stays the same when the data source is initialized again, and views of the data source share it. */
const losses = new WeakMap<object, EventEmitter>();

function lossesOf({ driver }: DataSource): EventEmitter {
  const known = losses.get(driver) ?? new EventEmitter().setMaxListeners(0);
  losses.set(driver, known);
  return known;
}

/** Tells that a connection to the primary outside the pool was lost. */
export const reportLoss = (dataSource: DataSource): void => void lossesOf(dataSource).emit(LOST);

/**
 * Calls `listener` whenever a connection to the primary was lost: from then on, another server may answer.
 *
 * @returns the function that ends it
 */
export function onConnectionLost(dataSource: DataSource, listener: () => void): () => void {
  lossesOf(dataSource).on(LOST, listener);
  return () => void lossesOf(dataSource).off(LOST, listener);
}

/**
 * The guarded pool of a data source. Callers ask for it at each use: an application may initialize its data source
 * late, and each `initialize()` makes a new pool.
 *
 * @throws DataSourceNotConnectedError
 */
export function poolOf(dataSource: DataSource): Pool {
  const pool = masterOf(dataSource);
  if (pool === undefined) throw new DataSourceNotConnectedError();
  guardConnections(pool, () => reportLoss(dataSource));
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
