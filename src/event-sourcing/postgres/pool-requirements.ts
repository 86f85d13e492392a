import type { Pool } from 'pg';
import { InvalidOptionsError } from '../options/resolve-options.js';
import { isTransient } from './transient-failure.js';

/**
 * The minimum of connections for a process. A process that folds needs 3: a turn of the living rows holds one until its
 * commit, a turn of a rebuild holds another, and a command or a handler's own append needs one meanwhile. More turns at
 * once share these connections, and only wait longer.
 */
export const connectionsNeeded = (folds: boolean): number => (folds ? 3 : 1);

/**
 * The problem of a pool with a maximum below `connections`, and its remedy; undefined when the pool is large enough.
 */
export function lackOfConnections(max: number, connections: number) {
  if (max >= connections) return undefined;
  return {
    says: `poolSize of the data source is ${max}: it must be at least ${connections}, 1 for commands and queries and ${
      connections - 1
    } for the turns of projections and reactions; 10 is usual.`,
    cure: 'A process with "projections: false" needs 1.',
  };
}

/** @throws InvalidOptionsError when the pool's maximum is below `connections` */
export function requireRoom({ options: { max } }: Pool, connections: number): void {
  const lack = lackOfConnections(max, connections);
  if (lack !== undefined) throw new InvalidOptionsError([`${lack.says} ${lack.cure}`]);
}

/** @throws InvalidOptionsError when values come in PostgreSQL's binary format, which `pg` reads for few types only */
export function requireTextFormat({ options }: Pool): void {
  if (!('binary' in options) || options.binary !== true) return;
  throw new InvalidOptionsError([
    'extra.binary of the data source is true: it must be false, since pg cannot read jsonb, uuid and arrays in binary. ' +
      'Leave it out.',
  ]);
}

/**
 * `pg` rejects a statement that takes longer than `query_timeout`, and the server goes on with it. TypeORM cannot roll
 * back meanwhile: the rollback waits for the statement, and is given up as well. The connection returns to the pool
 * with its transaction open. An append on it would be answered as stored, and would be lost.
 *
 * @throws InvalidOptionsError
 */
export function requireNoQueryTimeout({ options }: Pool): void {
  const inUrl = /[?&]query_timeout=([^&]*)/.exec(options.connectionString ?? '')?.[1];
  const timeout = options.query_timeout ?? inUrl;
  if (!Number(timeout)) return;
  throw new InvalidOptionsError([
    `query_timeout of the data source is ${timeout}: it must not be set, since pg gives up waiting inside a ` +
      'transaction and lends the connection, with the transaction open, to the next statement, which is then never ' +
      'committed. Set extra.statement_timeout, by which the server ends the statement.',
  ]);
}

/**
 * TypeORM uses `pg-native` by itself wherever it is installed. Eventfold was never run with it: `pg-native` reports
 * notifications and the end of a connection in other ways.
 */
export const NATIVE_DRIVER = {
  says: 'The data source uses pg-native, with which Eventfold does not work.',
  cure:
    'Uninstall it and leave out nativeDriver, or give the data source "driver: { ...pg, native: ' +
    'undefined }", so that TypeORM takes pg itself.',
};

/** Whether the connection is one of `pg-native`. */
export const isNative = (client: object): boolean => 'native' in client;

/** @throws InvalidOptionsError. It checks nothing when the database is away, since the start waits for it. */
export async function requireJavaScriptDriver(pool: Pool): Promise<void> {
  const client = await pool.connect().catch((error: unknown) => {
    if (isTransient(error)) return undefined;
    throw error;
  });
  client?.release();
  if (client === undefined || !isNative(client)) return;
  throw new InvalidOptionsError([`${NATIVE_DRIVER.says} ${NATIVE_DRIVER.cure}`]);
}
