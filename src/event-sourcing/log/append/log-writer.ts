import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../clock.js';
import { AppendInsideTransactionError, AppendLockTimeoutError, RepeatedCallError } from '../../errors.js';
import { LogSignal } from '../arrival/log-signal.js';
import { type IdempotentCall, MessageContext } from '../../event/message-context.js';
import { ResolvedOptions } from '../../options.js';
import { PreparedQueries } from '../../postgres/prepared-queries.js';
import { Telemetry } from '../../telemetry.js';
import { isTransient } from '../../postgres/transient-failure.js';
import { type AppendBatch, type KeyToTake, queuedAppend, singleBatch } from './append-batch.js';
import { AppendLock } from './append-lock.js';
import { AppendQueue } from './append-queue.js';
import { appendTogether } from './append-together.sql.js';
import { type AppendLimits, type AppendRow, type AppendVerdict, appendEvents } from './append.sql.js';
import { CallerTransaction, type LogOfStore } from './caller-transaction.js';
import { LogNotifier, notifyOfGrowth } from '../arrival/log-notifier.js';
import { Database, type Statements } from '../../postgres/database.js';

/**
 * How long an append waits, in ms, for a transaction around it that has appended. The transaction may end without
 * waiting for the append, and then all is well; else each waits for the other.
 */
const AROUND_ENDS_WITHIN_MS = 1_000;
const LOOK_FOR_CONNECTION_MS = 20;

/** Rows that are handed to a transaction, and what becomes of them. */
export interface RowsAtCommit {
  rows: readonly AppendRow[];
  eventIds: readonly string[];
  judged: (verdicts: AppendVerdict[]) => void;
  committed: () => void;
}

/** The way of rows into the log: in shared commits, or in the caller's transaction. */
@Injectable()
export class LogWriter implements LogOfStore {
  readonly schema: string;
  private readonly appendWithin: string;
  private readonly lock: AppendLock;
  private readonly together: Parameters<typeof appendTogether>[1];
  private readonly queue: AppendQueue;
  /** Of appends inside a transaction that has appended: others do not share their short limit. */
  private readonly inside: AppendQueue;
  private readonly notifier: LogNotifier;

  constructor(
    private readonly database: Database,
    private readonly context: MessageContext,
    private readonly signal: LogSignal,
    private readonly queries: PreparedQueries,
    private readonly telemetry: Telemetry,
    private readonly clock: Clock,
    private readonly options: ResolvedOptions,
  ) {
    this.schema = options.schema;
    this.appendWithin = options.qualified('append_within');
    this.lock = new AppendLock(database, options);
    this.together = {
      appendOne: options.qualified('append_one'),
      appendTogether: options.qualified('append_together'),
    };
    const queueOf = (lockTimeoutMs: number) =>
      new AppendQueue((batch) => this.send(batch, lockTimeoutMs), isTransient, options.groupCommit);
    this.queue = queueOf(options.appendLockTimeoutMs);
    this.inside = queueOf(this.insideTimeoutMs);
    this.notifier = new LogNotifier(() => notifyOfGrowth(queries, options.logChannel));
  }

  /**
   * Writes the rows of one call, under the idempotency key of the running call if it has one.
   *
   * @param eventIds what a repeat of the call is answered from; some may be of rows that are left out
   * @throws RepeatedCallError when the key is taken
   */
  async write(
    rows: readonly AppendRow[],
    eventIds: readonly string[],
    manager?: EntityManager,
  ): Promise<AppendVerdict[]> {
    const call = this.context.currentCall(this.options);
    const key = keyOf(call, eventIds);
    const transaction = manager && CallerTransaction.of(manager);
    const around = CallerTransaction.around(this, this.database.boundManager, transaction);
    await transaction?.appendWaiting(this);
    if (around !== undefined && manager === undefined) await this.waitForConnection();
    const verdicts = await this.measured(rows.length, () => {
      if (manager === undefined) return (around === undefined ? this.queue : this.inside).append(rows, key);
      transaction?.lock(this);
      return this.judge(singleBatch(rows, key), manager, around && this.insideTimeoutMs);
    }).catch((error: unknown) => {
      const isInItsWay = error instanceof AppendLockTimeoutError && around?.locks(this);
      throw isInItsWay ? new AppendInsideTransactionError() : error;
    });
    const isFirst = call?.isRecorded !== true;
    this.record(verdicts, call);
    if (isFirst) transaction?.onRollback(() => forget(call));
    if (manager === undefined) this.tellOthers();
    return verdicts;
  }

  /** Hands the rows of one call to the caller's transaction, which writes them before its commit. */
  async writeAtCommit(transaction: CallerTransaction, work: RowsAtCommit): Promise<void> {
    const call = this.context.currentCall(this.options);
    const isFirst = call?.isRecorded !== true;
    const judged = (verdicts: AppendVerdict[]) => {
      if (isFirst && isRepeated(verdicts)) forget(call); // what was said below when it was handed in
      this.record(verdicts, call);
      work.judged(verdicts);
    };
    const committed = () => {
      work.committed();
      this.signal.raise();
    };
    const waiting = queuedAppend(work.rows, keyOf(call, work.eventIds), {});
    await transaction.handIn({ ...waiting, log: this, judged, committed });
    if (call === undefined || !isFirst) return;
    call.isRecorded = true; // or the end of the call would take its key before the commit does
    transaction.onRollback(() => forget(call));
  }

  appendAtCommit(batch: AppendBatch, manager: EntityManager): Promise<AppendVerdict[]> {
    return this.measured(batch.rows.length, () => this.judge(batch, manager));
  }

  /** Judges each append of the batch, in a transaction of somebody. */
  private judge(
    batch: AppendBatch,
    manager: Statements,
    lockTimeoutMs = this.options.appendLockTimeoutMs,
  ): Promise<AppendVerdict[]> {
    return this.lock.watch(lockTimeoutMs, () =>
      appendEvents(manager, this.appendWithin, batch, this.limits(lockTimeoutMs)),
    );
  }

  /** Resolves when every append that was accepted is answered. */
  async drained(): Promise<void> {
    await Promise.all([this.queue.drained(), this.inside.drained()]);
    await this.notifier.drained();
  }

  private async measured(events: number, work: () => Promise<AppendVerdict[]>): Promise<AppendVerdict[]> {
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1_000;
    try {
      const verdicts = await work();
      this.telemetry.appended(verdicts, seconds());
      return verdicts;
    } catch (error) {
      this.telemetry.appendFailed(events, seconds());
      throw error;
    }
  }

  /** Hopes that nothing is in the way of the batch; only when something is, each append is judged. */
  private async send(batch: AppendBatch, lockTimeoutMs: number): Promise<AppendVerdict[]> {
    this.telemetry.batchSent(batch.size, batch.rows.length);
    const { queries, together, lock } = this;
    const limits = this.limits(lockTimeoutMs);
    return (
      (await lock.watch(lockTimeoutMs, () => appendTogether(queries, together, batch, limits))) ??
      (await this.judge(batch, this.database.statements, lockTimeoutMs))
    );
  }

  private limits(lockTimeoutMs: number): AppendLimits {
    return { lockTimeoutMs, latest: this.clock.now().getTime() + this.options.maxClockAheadMs };
  }

  /**
   * The transaction around an append may have the last connection of the pool, where no limit on locks ends the wait.
   *
   * @throws AppendInsideTransactionError
   */
  private async waitForConnection(): Promise<void> {
    const giveUpAt = performance.now() + this.insideTimeoutMs;
    while (!this.database.hasFreeConnection) {
      if (performance.now() > giveUpAt) throw new AppendInsideTransactionError();
      await sleep(LOOK_FOR_CONNECTION_MS);
    }
  }

  private get insideTimeoutMs(): number {
    return Math.min(AROUND_ENDS_WITHIN_MS, this.options.appendLockTimeoutMs);
  }

  /** @throws RepeatedCallError */
  private record(verdicts: readonly AppendVerdict[], call: IdempotentCall | undefined): void {
    if (isRepeated(verdicts)) throw new RepeatedCallError(call!.key);
    if (call !== undefined) call.isRecorded = verdicts.every(({ position }) => position !== null);
  }

  private tellOthers(): void {
    this.signal.raise();
    this.notifier.notify();
  }
}

const isRepeated = ([first]: readonly AppendVerdict[]) => first?.verdict === 'repeated';

/** The call has not taken its key after all. */
function forget(call: IdempotentCall | undefined): void {
  if (call !== undefined) call.isRecorded = false;
}

const keyOf = (call: IdempotentCall | undefined, eventIds: readonly string[]): KeyToTake | undefined =>
  call && { key: call.key, fingerprint: call.fingerprint, kept: call.kept, eventIds };
