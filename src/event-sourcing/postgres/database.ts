import { Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { DataSource, type DataSourceOptions, type EntityManager, type QueryRunner } from 'typeorm';
import { hasFreeConnection, takeInTime } from './connection-wait.js';
import { forgetIsolation, isReadCommitted } from './isolation.js';
import { requireTablesKept } from './kept-tables.js';
import { clientBeside, isConnected, onConnectionLost, poolOf } from './pool.js';
import {
  requireJavaScriptDriver,
  requireNoQueryTimeout,
  requireRoom,
  requireTextFormat,
} from './pool-requirements.js';
import { READ_ONLY, sqlStateOf } from './sql-state.js';

/** An object that runs statements: the `EntityManager` of a transaction, or `Database.statements`. */
export type Statements = Pick<EntityManager, 'query'>;

/**
 * The connections for the work of the event store itself, which many callers share: a batch of appends, a turn, a look
 * at a checkpoint.
 *
 * Some libraries carry a transaction in the async context of its caller. They bind `dataSource.manager`, `.query` and
 * `.createQueryBuilder` to that transaction. Shared work uses none of these: when the transaction of one caller is
 * rolled back, the work of other callers would be lost, although they were told that it was stored.
 */
@Injectable()
export class Database {
  /**
   * Runs each statement on a connection of the pool, as a transaction of its own. It does not use `query` of the query
   * runner: an idle process looks at the log once a second, and an application with `logging: true` would print each
   * look.
   */
  readonly statements: Statements = {
    query: (text: string, parameters?: unknown[]) =>
      this.onConnection(async (runner) => answerOf(await clientOf(runner), text, parameters)),
  };

  /** @param dataSource the application's data source; work of the event store does not use its `manager` or `query` */
  constructor(readonly dataSource: DataSource) {}

  /** The maximum size of the pool, as the application sets it. */
  get poolSize(): number {
    return this.pool.options.max;
  }

  /** Whether a statement would get a connection at once. */
  get hasFreeConnection(): boolean {
    return hasFreeConnection(this.pool);
  }

  /** Whether the other data source is this one, or leads to the same database. */
  isSame(other: DataSource): boolean {
    return other === this.dataSource || placeOf(other) === placeOf(this.dataSource);
  }

  /** Whether the application has initialized its data source, and has not destroyed it. */
  get isConnected(): boolean {
    return isConnected(this.dataSource);
  }

  /**
   * Calls `listener` whenever a connection to the database was lost: from then on, another server may answer.
   *
   * @returns the function that ends it
   */
  onConnectionLost(listener: () => void): () => void {
    return onConnectionLost(this.dataSource, () => {
      if (this.isConnected) forgetIsolation(this.pool);
      listener();
    });
  }

  /**
   * Refuses a pool that is too small or has an unsupported driver, and a data source that drops tables at each start.
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
   * Runs work in a transaction of its own. It is READ COMMITTED, whatever default the role or the database has: a
   * statement that has waited for a lock then reads what was committed meanwhile.
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

  /** A manager that a library may have bound to a running transaction. Use it to look at that transaction only. */
  get boundManager(): EntityManager {
    return this.dataSource.manager;
  }

  /** Runs a few statements on a connection outside the pool, which may be exhausted. Each may take 1 s. */
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
    } catch (error) {
      if (sqlStateOf(error) === READ_ONLY) await dropConnection(runner, error);
      throw error;
    } finally {
      await runner.release();
    }
  }
}

/** Makes TypeORM give the connection back as a broken one, which the pool closes. */
async function dropConnection(runner: QueryRunner, cause: unknown): Promise<void> {
  (await clientOf(runner)).emit('error', cause);
}

const clientOf = (runner: QueryRunner): Promise<PoolClient> => runner.connect();

/** The result in the form of `EntityManager.query`: the rows, and for UPDATE and DELETE their number as well. */
async function answerOf(client: PoolClient, text: string, parameters?: unknown[]): Promise<any> {
  const { command, rows, rowCount } = await client.query(text, parameters);
  return command === 'UPDATE' || command === 'DELETE' ? [rows, rowCount] : rows;
}

/** The options of a data source that lead to a database. */
function placeOf({ options }: DataSource): string {
  const { url, host, port, database, replication } = options as Extract<
    DataSourceOptions,
    { type: 'postgres' }
  >;
  return JSON.stringify([url, host, port, database, replication]);
}
