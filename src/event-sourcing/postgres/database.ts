import { Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { DataSource, type DataSourceOptions, type EntityManager, type QueryRunner } from 'typeorm';
import { hasFreeConnection, takeInTime } from './connection-wait.js';
import { isReadCommitted } from './isolation.js';
import { requireTablesKept } from './kept-tables.js';
import { clientBeside, isConnected, poolOf } from './pool.js';
import {
  requireJavaScriptDriver,
  requireNoQueryTimeout,
  requireRoom,
  requireTextFormat,
} from './pool-requirements.js';

/** What runs statements: the `EntityManager` of a transaction, or `Database.statements`. */
export type Statements = Pick<EntityManager, 'query'>;

/**
 * The connections of the data source for the work of the event store itself, which many callers share: a batch of
 * appends, a turn, a look at a checkpoint. Libraries that carry a transaction in the async context of its caller bind
 * `dataSource.manager`, `.query` and `.createQueryBuilder` to that transaction. Shared work goes by none of them: it
 * would be rolled back with the transaction of one caller after another had been told that it was stored.
 */
@Injectable()
export class Database {
  /**
   * Each statement on a connection of the pool, as a transaction of its own. Not by the query runner's own `query`: an
   * idle process looks at the log once a second, and an application with `logging: true` would print each look.
   */
  readonly statements: Statements = {
    query: (text: string, parameters?: unknown[]) =>
      this.onConnection(async (runner) => answerOf(await clientOf(runner), text, parameters)),
  };

  /** @param dataSource that of the application. Work of the event store itself does not go by it. */
  constructor(readonly dataSource: DataSource) {}

  /** Connections that the application lets its pool have. */
  get poolSize(): number {
    return this.pool.options.max;
  }

  /** Whether a statement would get a connection at once. */
  get hasFreeConnection(): boolean {
    return hasFreeConnection(this.pool);
  }

  /** Whether it is this data source, or another one of the same database. */
  isSame(other: DataSource): boolean {
    return other === this.dataSource || placeOf(other) === placeOf(this.dataSource);
  }

  /** Whether the application has initialized its data source, and not destroyed it. */
  get isConnected(): boolean {
    return isConnected(this.dataSource);
  }

  /**
   * Refuses a pool with which the process would stand still, one whose driver is not the one that this works with, and
   * a data source that drops tables at each start.
   *
   * @throws InvalidOptionsError
   */
  async requireUsable(connections: number): Promise<void> {
    const pool = poolOf(this.dataSource);
    requireTablesKept(this.dataSource);
    requireTextFormat(pool);
    requireNoQueryTimeout(pool);
    requireRoom(pool, connections);
    await requireJavaScriptDriver(pool);
  }

  /**
   * A transaction of its own, READ COMMITTED whatever the role or the database has as its default: what waits for a
   * lock reads afterwards what was committed meanwhile.
   */
  transaction<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    return this.onConnection(async (runner) => {
      const { isolationLevel } = this.dataSource.options; // TypeORM 0.3 has no such option
      const isDefault =
        isolationLevel === undefined && (await isReadCommitted(this.pool, await clientOf(runner)));
      return isDefault
        ? runner.manager.transaction(work)
        : runner.manager.transaction('READ COMMITTED', work);
    });
  }

  /** A manager that a library binds to the async context may be that of a transaction. For looking, not for work. */
  get boundManager(): EntityManager {
    return this.dataSource.manager;
  }

  /** A few statements on a connection of their own, where all of the pool may be waiting: at most a second for each. */
  async besidePool<Result>(work: (statements: Statements) => Promise<Result>): Promise<Result> {
    const client = clientBeside(this.pool, {
      application_name: 'eventfold lock watch',
      connectionTimeoutMillis: 1_000,
      query_timeout: 1_000,
    });
    client.on('error', () => undefined); // the statement reports it
    const query = async (text: string, values?: unknown[]) => (await client.query(text, values)).rows;
    try {
      await client.connect();
      return await work({ query } as Statements);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private get pool(): Pool {
    return poolOf(this.dataSource);
  }

  private async onConnection<Result>(work: (runner: QueryRunner) => Promise<Result>): Promise<Result> {
    const runner = this.dataSource.createQueryRunner();
    await takeInTime(
      this.pool,
      () => runner.connect(),
      () => void runner.release(),
    );
    try {
      return await work(runner);
    } finally {
      await runner.release();
    }
  }
}

const clientOf = (runner: QueryRunner): Promise<PoolClient> => runner.connect();

/** As `EntityManager.query` answers: with the rows, of an UPDATE or DELETE with their number besides. */
async function answerOf(client: PoolClient, text: string, parameters?: unknown[]): Promise<any> {
  const { command, rows, rowCount } = await client.query(text, parameters);
  return command === 'UPDATE' || command === 'DELETE' ? [rows, rowCount] : rows;
}

/** What leads to a database, of the options of a data source. */
function placeOf({ options }: DataSource): string {
  const { url, host, port, database, replication } = options as Extract<
    DataSourceOptions,
    { type: 'postgres' }
  >;
  return JSON.stringify([url, host, port, database, replication]);
}
