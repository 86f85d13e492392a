import type { Pool, PoolClient } from 'pg';
import type { DataSource, ObjectLiteral, QueryRunner, Repository } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { guardConnections } from './connection-guard.js';
import { takeInTime } from './connection-wait.js';
import { dataSourceOf } from './data-source-of.js';
import type { Statements } from './database.js';
import { poolOf } from './pool.js';

/** Gives a repository that works on one connection. */
export type OnConnection = <Row extends ObjectLiteral>(repository: Repository<Row>) => Repository<Row>;

/** The connection to a replica, lent for one query. */
export interface ReplicaConnection {
  statements: Statements;
  on: OnConnection;
}

const slavesOf = ({ driver }: DataSource): Pool[] => (driver as PostgresDriver).slaves;

/** The pool of a replica. The constructor is private so that no published declaration names a type of `pg`. */
export class ReplicaPool {
  private constructor(private readonly pool: Pool) {}

  /** The pools of replicas that TypeORM has made, or `addReplicas`. */
  static of(dataSource: DataSource): readonly ReplicaPool[] {
    return (slavesOf(dataSource) ?? []).map((pool) => {
      const replicaPool = known.get(pool) ?? new ReplicaPool(pool);
      known.set(pool, replicaPool);
      return replicaPool;
    });
  }

  /** The address of its server, without user and password. */
  get address(): string {
    const { connectionString, host = 'localhost', port = 5432 } = this.pool.options;
    return connectionString === undefined ? `${host}:${port}` : new URL(connectionString).host;
  }

  /** Lends a connection. `pg` closes a broken one when it comes back. */
  async lend<Result>(work: (connection: ReplicaConnection) => Promise<Result>): Promise<Result> {
    guardConnections(this.pool);
    const client = await takeInTime(
      this.pool,
      () => this.pool.connect(),
      (late) => late.release(),
    );
    try {
      return await work(connectionOf(client));
    } finally {
      client.release();
    }
  }
}

const known = new WeakMap<Pool, ReplicaPool>();

/** Whether the data source has replicas, or will have them when it is initialized. */
export function hasReplicas(dataSource: DataSource): boolean {
  return ReplicaPool.of(dataSource).length > 0 || sendsReadsToReplicas(dataSource);
}

/** Whether TypeORM itself sends the reads of its repositories to replicas. */
export function sendsReadsToReplicas({ options }: DataSource): boolean {
  return 'replication' in options && options.replication !== undefined;
}

/**
 * Adds replicas to an initialized data source, with all options of its pool. TypeORM's own `replication` does not start
 * while a replica is away, and then sends a part of all reads there. With these pools TypeORM sends no reads to
 * replicas, and closes the pools with the data source.
 *
 * @param onError for errors of idle connections
 */
export function addReplicas(
  dataSource: DataSource,
  urls: readonly string[],
  onError: (error: Error) => void,
): void {
  const primary = poolOf(dataSource);
  const PoolOfDriver = primary.constructor as new (options: object) => Pool;
  for (const connectionString of urls) {
    const options = Object.defineProperties({}, Object.getOwnPropertyDescriptors(primary.options));
    const pool = new PoolOfDriver(Object.assign(options, { connectionString }));
    slavesOf(dataSource).push(pool.on('error', onError));
  }
}

/**
 * One snapshot for all statements of the work. So they go to one server, also through a pooler in front of several
 * ones.
 */
export async function inSnapshot<Result>(
  statements: Statements,
  work: () => Promise<Result>,
): Promise<Result> {
  await statements.query('begin isolation level repeatable read, read only');
  try {
    return await work();
  } finally {
    await statements.query('commit').catch(() => undefined); // nothing was written; a lost connection is closed
  }
}

function connectionOf(client: PoolClient): ReplicaConnection {
  return {
    statements: {
      query: async (text: string, values?: unknown[]) => (await client.query(text, values)).rows as any,
    },
    on: (repository) => bound(repository, client),
  };
}

/** The repository with a query runner that has its connection already. */
function bound<Row extends ObjectLiteral>(repository: Repository<Row>, client: PoolClient): Repository<Row> {
  const source = dataSourceOf(repository.manager);
  const runner = source.driver.createQueryRunner('slave');
  const manager = source.createEntityManager(runner);
  Object.assign(runner, { databaseConnection: client, manager });
  return manager.withRepository(repository);
}

/** Lends the primary's connection for one query, where TypeORM would send it to a replica. */
export async function onMaster<Result>(
  dataSource: DataSource,
  query: (on: OnConnection) => Promise<Result>,
): Promise<Result> {
  const runner: QueryRunner = dataSource.createQueryRunner('master');
  try {
    return await query((repository) =>
      dataSourceOf(repository.manager).createEntityManager(runner).withRepository(repository),
    );
  } finally {
    await runner.release();
  }
}
