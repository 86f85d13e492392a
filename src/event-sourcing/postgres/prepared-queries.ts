import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { PoolClient, QueryConfig } from 'pg';
import { DataSource } from 'typeorm';
import { takeInTime } from './connection-wait.js';
import { isReadCommitted } from './isolation.js';
import { poolOf } from './pool.js';
import { sqlStateOf } from './sql-state.js';

/**
 * `invalid_sql_statement_name`, `duplicate_prepared_statement`: what only a pooler between us and the server brings
 * about.
 */
const NOT_OURS = new Set(['26000', '42P05']);

/**
 * The hot statements, each prepared once per connection: for a single append that saves a fifth of the time, since
 * parsing and planning take as long as the work. Each is a transaction of its own.
 *
 * A pooler in transaction mode may hand a statement to a server connection that does not know it. The server then
 * refuses before it has done anything; the statement is sent again unprepared, and so is everything from then on. A
 * name is made of the text, so that no other build can mean something else by it.
 */
@Injectable()
export class PreparedQueries {
  /** When somebody last waited for one, on the clock of `performance.now()`. */
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

  /** Not `pool.query`, which closes a connection after any error: a conflict would cost a new one. */
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
      isUsable = sqlStateOf(error) !== undefined;
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

/** Where another isolation level is the default, at the price of two more round trips. */
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
