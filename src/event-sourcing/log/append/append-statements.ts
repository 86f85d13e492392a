import type { EntityManager } from 'typeorm';
import type { Clock } from '../../clock.js';
import type { ResolvedOptions } from '../../options.js';
import type { Database, Statements } from '../../postgres/database.js';
import type { PreparedQueries } from '../../postgres/prepared-queries.js';
import type { Telemetry } from '../../telemetry/telemetry.js';
import type { AppendBatch } from './append-batch.js';
import { AppendLock } from './append-lock.js';
import { appendTogether } from './append-together.sql.js';
import { type AppendLimits, appendEvents, lockLog } from './append.sql.js';
import type { AppendVerdict } from './append-row.js';

/** The statements that append a batch, with their limits. */
export class AppendStatements {
  readonly schema: string;
  private readonly each: Parameters<typeof appendEvents>[1];
  private readonly together: Parameters<typeof appendTogether>[1];
  private readonly lock: AppendLock;

  constructor(
    private readonly parts: {
      database: Database;
      queries: PreparedQueries;
      telemetry: Telemetry;
      clock: Clock;
      options: ResolvedOptions;
    },
  ) {
    const { database, options } = parts;
    this.schema = options.schema;
    const guardPersonal = options.qualified('guard_personal');
    this.each = { appendWithin: options.qualified('append_within'), guardPersonal };
    this.together = {
      appendOne: options.qualified('append_one'),
      appendTogether: options.qualified('append_together'),
      guardPersonal,
    };
    this.lock = new AppendLock(database, options);
  }

  /**
   * Appends the batch in a transaction of its own. The first statement assumes that every append can be stored. Only
   * when one cannot, a second statement checks each append.
   *
   * @returns undefined, with nothing appended, when an append cannot be stored and others of the batch follow it
   */
  async append(batch: AppendBatch, lockTimeoutMs: number): Promise<AppendVerdict[] | undefined> {
    const { queries, database, telemetry } = this.parts;
    telemetry.batchSent(batch.size, batch.rows.length);
    const limits = this.limits(lockTimeoutMs);
    const verdicts = await this.lock.run(lockTimeoutMs, () =>
      appendTogether(queries, this.together, batch, limits),
    );
    if (verdicts !== undefined || batch.hasFollowers) return verdicts;
    return this.appendEach(batch, database.statements, lockTimeoutMs);
  }

  /** Appends the batch in the caller's transaction, which keeps the log locked until it ends. */
  appendWithinCaller(
    batch: AppendBatch,
    manager: EntityManager,
    lockTimeoutMs = this.parts.options.appendLockTimeoutMs,
  ): Promise<AppendVerdict[]> {
    return this.appendEach(batch, manager, lockTimeoutMs);
  }

  /** Locks the log for other appends to the end of the manager's transaction. */
  lockLog(manager: Statements, lockTimeoutMs = this.parts.options.appendLockTimeoutMs): Promise<void> {
    return this.lock.run(lockTimeoutMs, () => lockLog(manager, this.parts.options, lockTimeoutMs));
  }

  /** Appends the pending events of a caller's transaction before its commit. Telemetry counts this as one append. */
  appendAtCommit(batch: AppendBatch, manager: EntityManager): Promise<AppendVerdict[]> {
    return this.parts.telemetry.measureAppend(batch.rows.length, () =>
      this.appendWithinCaller(batch, manager),
    );
  }

  private appendEach(batch: AppendBatch, to: Statements, lockTimeoutMs: number): Promise<AppendVerdict[]> {
    const limits = this.limits(lockTimeoutMs);
    return this.lock.run(lockTimeoutMs, () => appendEvents(to, this.each, batch, limits));
  }

  private limits(lockTimeoutMs: number): AppendLimits {
    const { clock, options } = this.parts;
    return { lockTimeoutMs, latest: clock.now().getTime() + options.maxClockAheadMs };
  }
}
