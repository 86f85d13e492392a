import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../clock.js';
import {
  AppendInsideTransactionError,
  AppendLockTimeoutError,
  AppendsClosedError,
  RepeatedCallError,
} from './append-errors.js';
import type { IdempotentCall } from '../../event/idempotent-call.js';
import { ResolvedOptions } from '../../options.js';
import { Database } from '../../postgres/database.js';
import { PreparedQueries } from '../../postgres/prepared-queries.js';
import { Telemetry } from '../../telemetry/telemetry.js';
import { LogNotifier, notifyOfGrowth } from '../arrival/log-notifier.js';
import { LogSignal } from '../arrival/log-signal.js';
import { type KeyToTake, queuedAppend } from './queued-append.js';
import { singleBatch } from './append-batch.js';
import { AppendFlight } from './append-flight.js';
import { AppendQueue } from './append-queue.js';
import { AppendStatements } from './append-statements.js';
import type { AppendTicket } from './append-ticket.js';
import type { AppendRow, AppendVerdict } from './append-row.js';
import { CallerTransaction, type WaitingRow } from './caller-transaction.js';
import { requireNotOver } from './surrounding-transactions.js';

/**
 * How long an append waits, in ms, for a transaction around it that has appended. That transaction may end without
 * waiting for the append, and then all is well; otherwise each waits for the other.
 */
const AROUND_ENDS_WITHIN_MS = 1_000;
const LOOK_FOR_CONNECTION_MS = 20;

/** The rows of one call, on their way into the log. */
export interface RowsToWrite {
  rows: readonly AppendRow[];
  /** The ids of all events of the call, from which a repeat is answered; some may belong to rows that are left out. */
  eventIds: readonly string[];
  /** The call whose idempotency key the rows take. */
  call: IdempotentCall | undefined;
  /** Present when another append may build on this one, or this one builds on another. */
  ticket?: AppendTicket | undefined;
}

/** Callbacks for rows that are handed to a transaction. */
export interface AtCommit {
  answered: (verdicts: AppendVerdict[]) => void;
  committed: () => void;
}

/** Writes rows to the log: through a queue with shared commits, or in the caller's transaction. */
@Injectable()
export class LogWriter {
  private readonly statements: AppendStatements;
  private readonly queue: AppendQueue;
  /** For appends inside a transaction that has appended: they have a short time limit, which others must not share. */
  private readonly inside: AppendQueue;
  private readonly notifier: LogNotifier;
  private isClosing = false;

  constructor(
    private readonly database: Database,
    private readonly signal: LogSignal,
    queries: PreparedQueries,
    private readonly telemetry: Telemetry,
    clock: Clock,
    private readonly options: ResolvedOptions,
  ) {
    this.statements = new AppendStatements({ database, queries, telemetry, clock, options });
    const queueOf = (lockTimeoutMs: number) =>
      new AppendQueue(new AppendFlight(this.statements, lockTimeoutMs), options.groupCommit);
    this.queue = queueOf(options.appendLockTimeoutMs);
    this.inside = queueOf(this.insideTimeoutMs);
    this.notifier = new LogNotifier(() => notifyOfGrowth(queries, options.logChannel));
  }

  /**
   * Writes the rows of one call, at once.
   *
   * @throws RepeatedCallError when the idempotency key of the call is taken
   */
  async write(
    { rows, eventIds, call, ticket }: RowsToWrite,
    manager?: EntityManager,
  ): Promise<AppendVerdict[]> {
    const key = keyOf(call, eventIds);
    const transaction = manager && CallerTransaction.of(manager);
    const around = CallerTransaction.around(this.statements, this.database.boundManager, transaction);
    if (transaction !== undefined) await transaction.appendWaiting(this.statements);
    if (around !== undefined && manager === undefined) await this.waitForConnection();
    let verdicts: AppendVerdict[];
    try {
      verdicts = await this.telemetry.measureAppend(rows.length, () => {
        if (manager === undefined) {
          return (around === undefined ? this.queue : this.inside).append(rows, key, ticket);
        }
        requireNotOver(manager);
        transaction?.lock(this.statements);
        const batch = singleBatch(rows, key);
        return this.statements.appendWithinCaller(batch, manager, around && this.insideTimeoutMs);
      });
    } catch (error) {
      const isInItsWay = error instanceof AppendLockTimeoutError && around?.locks(this.statements);
      throw isInItsWay ? new AppendInsideTransactionError() : error;
    }
    const isFirst = call?.hasTakenKey !== true;
    settleKey(call, verdicts);
    if (call !== undefined && isFirst) transaction?.onRollback(() => call.freeKey());
    if (manager === undefined) this.tellOthers();
    return verdicts;
  }

  /** Whether a transaction around the running function has appended, and keeps the log locked. */
  get isLockedAround(): boolean {
    return CallerTransaction.around(this.statements, this.database.boundManager) !== undefined;
  }

  /** @throws AppendsClosedError after `drained` was called */
  requireOpen(): void {
    if (this.isClosing) throw new AppendsClosedError();
  }

  /** Locks the log to the end of the manager's transaction, which appends later. */
  async lock(manager: EntityManager): Promise<void> {
    CallerTransaction.of(manager)?.lock(this.statements);
    await this.statements.lockLog(manager);
  }

  /** Hands the rows of one call to the caller's transaction, which writes them before its commit. */
  writeAtCommit(
    transaction: CallerTransaction,
    { rows, eventIds, call }: RowsToWrite,
    { answered, committed }: AtCommit,
  ): void {
    const isFirst = call?.hasTakenKey !== true;
    transaction.handIn({
      ...queuedAppend(rows, keyOf(call, eventIds)),
      log: this.statements,
      answered: (verdicts) => {
        if (isFirst && isRepeated(verdicts)) call?.freeKey(); // undoes the `takeKey` below
        settleKey(call, verdicts);
        answered(verdicts);
      },
      committed: () => {
        committed();
        this.signal.raise();
      },
    });
    if (call === undefined || !isFirst) return;
    call.takeKey(); // otherwise the end of the call would take the key before the commit
    transaction.onRollback(() => call.freeKey());
  }

  /** Rows of a stream that wait for the commit of the transaction, in order. */
  waiting(transaction: CallerTransaction, streamId: string): WaitingRow[] {
    return transaction.rowsWaiting(this.statements, streamId);
  }

  /** Tells this process and others that the log has grown. */
  tellOthers(): void {
    this.signal.raise();
    this.notifier.notify();
  }

  /** Resolves when every append that was accepted is answered. */
  async drained(): Promise<void> {
    this.isClosing = true;
    await Promise.all([this.queue.drained(), this.inside.drained()]);
    await this.notifier.drained();
  }

  /**
   * Waits for a free connection. The transaction around an append may have the last one of the pool, and no lock
   * timeout ends that wait.
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
}

const isRepeated = ([first]: readonly AppendVerdict[]) => first?.verdict === 'repeated';

/** @throws RepeatedCallError when an earlier call has taken the key */
function settleKey(call: IdempotentCall | undefined, verdicts: readonly AppendVerdict[]): void {
  if (call === undefined) return;
  if (isRepeated(verdicts)) throw new RepeatedCallError(call.key);
  if (verdicts.every(({ position }) => position !== null)) call.takeKey();
  else call.freeKey();
}

const keyOf = (call: IdempotentCall | undefined, eventIds: readonly string[]): KeyToTake | undefined =>
  call && { key: call.key, fingerprint: call.fingerprint, kept: call.kept, eventIds };
