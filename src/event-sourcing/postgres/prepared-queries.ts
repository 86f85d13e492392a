import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { PoolClient, QueryConfig } from 'pg';
import { DataSource } from 'typeorm';
import { takeInTime } from './connection-wait.js';
import { isReadCommitted } from './isolation.js';
import { poolOf } from './pool.js';
import { READ_ONLY, sqlStateOf } from './sql-state.js';

/**
 * `invalid_sql_statement_name` and `duplicate_prepared_statement`. Only a pooler in front of the server causes these.
 */
const NOT_OURS = new Set(['26000', '42P05']);

/**
 * Prepares the hot statements, each once for each connection. That saves a fifth of the time of a single append, since
 * parsing and planning take as long as the work. Each statement is a transaction of its own.
 *
 * A pooler in transaction mode may send a statement to a server connection that does not know it. The server then
 * refuses it before it has done anything. The statement is sent again unprepared, as are all later ones. The name of a
 * statement is a hash of its text, so another build cannot mean another text by it.
 */
@Injectable()
export class PreparedQueries {
  /** The last time a caller waited for one of these statements, on the clock of `performance.now()`. */
  lastAt = -Infinity;
  private readonly names = new Map<string, string>();
  private canPrepare = true;

  constructor(private readonly dataSource: DataSource) {}

  /** @throws what `pg` throws */
  async query<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    this.lastAt = performance.now();
    if (!this.canPrepare) return this.run({ text, values });
    try {
      return await this.run({ name: this.nameOf(text), text, values });
    } catch (error) {
      if (!NOT_OURS.has(sqlStateOf(error) ?? '')) throw error;
      this.canPrepare = false;
      return this.run({ text, values });
    }
  }

  /** Does not use `pool.query`, which closes the connection after any error: a conflict would cost a new connection. */
  private async run<Row extends object>(query: QueryConfig): Promise<Row[]> {
    const pool = poolOf(this.dataSource);
    const client = await takeInTime(
      pool,
      () => pool.connect(),
      (late) => late.release(),
    );
    let isUsable = true;
    try {
      if (!(await isReadCommitted(pool, client))) return await inReadCommitted<Row>(client, query);
      return (await client.query<Row>(query)).rows;
    } catch (error) {
      isUsable = ![undefined, READ_ONLY].includes(sqlStateOf(error));
      throw error;
    } finally {
      client.release(!isUsable);
    }
  }

  private nameOf(text: string): string {
    let name = this.names.get(text);
    if (name === undefined) {
      name = `eventfold_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
      this.names.set(text, name);
    }
    return name;
  }
}

/** For a connection with another default isolation level. It costs two more round trips. */
async function inReadCommitted<Row extends object>(client: PoolClient, query: QueryConfig): Promise<Row[]> {
  await client.query('begin isolation level read committed');
  try {
    const { rows } = await client.query<Row>(query);
    await client.query('commit');
    return rows;
  } catch (error) {
    if (sqlStateOf(error) !== undefined) await client.query('rollback');
    throw error;
  }
}
