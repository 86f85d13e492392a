import { Logger } from '@nestjs/common';
import { AppendLockTimeoutError } from './append-errors.js';
import type { ResolvedOptions } from '../../options.js';
import type { Database } from '../../postgres/database.js';
import { type LockHolder, selectLockHolder } from '../../postgres/lock-holder.js';
import { LOCK_NOT_AVAILABLE, sqlStateOf } from '../../postgres/sql-state.js';

/** After this wait, in ms, an append is worth a line of the log. */
const WARN_AFTER_MS = 1_000;

/** Runs appends that wait for the lock of the log, and names the session that holds it. */
export class AppendLock {
  private readonly logger = new Logger('Event log');
  private readonly table: string;

  private lookUp: Promise<LockHolder | undefined> | undefined;
  private warnedOf: string | undefined;

  constructor(
    private readonly database: Database,
    options: ResolvedOptions,
  ) {
    this.table = options.qualified('append_lock');
  }

  /**
   * Runs an append that waits at most `timeoutMs` for the lock.
   *
   * @throws AppendLockTimeoutError when it waited too long
   */
  async run<Result>(timeoutMs: number, append: () => Promise<Result>): Promise<Result> {
    const started = performance.now();
    let seen: Promise<LockHolder | undefined> | undefined;
    const timer = setTimeout(() => {
      seen = this.warn();
    }, WARN_AFTER_MS);
    try {
      return await append();
    } catch (error) {
      if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE) throw error;
      // The caller's limit may be shorter.
      const waitedMs = Math.min(timeoutMs, Math.round(performance.now() - started));
      const holder = (await this.findHolder()) ?? (await seen);
      throw new AppendLockTimeoutError(waitedMs, holder?.description, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Warns once for each holder, however many appends wait for it. */
  private async warn(): Promise<LockHolder | undefined> {
    const holder = await this.findHolder();
    if (holder === undefined || holder.id === this.warnedOf) return holder;
    this.warnedOf = holder.id;
    this.logger.warn(
      `An append has waited ${WARN_AFTER_MS / 1_000} s for the lock of the log, which is held by ${holder.description}`,
    );
    return holder;
  }

  /**
   * Uses a connection outside the pool, since all connections of the pool may be waiting. Simultaneous callers share
   * one query.
   */
  private findHolder(): Promise<LockHolder | undefined> {
    this.lookUp ??= this.database
      .besidePool((statements) => selectLockHolder(statements, this.table))
      .catch((error: Error) => ({
        id: 'unknown',
        description: `a session that could not be looked up (${error.message})`,
      }))
      .finally(() => (this.lookUp = undefined));
    return this.lookUp;
  }
}
