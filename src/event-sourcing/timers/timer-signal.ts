import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { LogListener } from '../log/arrival/log-listener.js';
import { LogNotifier } from '../log/arrival/log-notifier.js';
import { notifyOfTimer } from '../log/arrival/timer-notification.js';
import { CallerTransaction } from '../log/append/caller-transaction.js';
import { ResolvedOptions } from '../options.js';
import { PreparedQueries } from '../postgres/prepared-queries.js';

/**
 * "A timer is due soon", inside this process and to others. It is a hint that may be lost: a worker looks at the table
 * each `timers.pollIntervalMs` anyway. So a timer that is due later than that is not told, and costs no notification.
 */
@Injectable()
export class TimerSignal {
  private listener: (inMs: number) => void = () => undefined;
  private readonly notifier: LogNotifier;
  /** When the earliest timer that is to be told is due, on the clock of `performance.now()`. */
  private earliest = Infinity;

  constructor(
    queries: PreparedQueries,
    private readonly options: ResolvedOptions,
    private readonly connection: LogListener,
  ) {
    this.notifier = new LogNotifier(() => {
      const inMs = this.earliest - performance.now();
      this.earliest = Infinity;
      return notifyOfTimer(queries, options.logChannel, inMs);
    });
  }

  /** Calls `listener` with the ms until a timer is due that this or another process has scheduled or moved. */
  subscribe(listener: (inMs: number) => void): void {
    this.listener = listener;
    this.connection.onTimer(listener);
  }

  /** Tells that a timer is due in `inMs`, after the commit of the manager's transaction. */
  tell(inMs: number, manager?: EntityManager): void {
    if (inMs >= this.options.timers.pollIntervalMs) return;
    const dueAt = performance.now() + inMs;
    const transaction = manager && CallerTransaction.of(manager);
    if (transaction === undefined) this.tellNow(dueAt);
    else transaction.onCommit(() => this.tellNow(dueAt));
  }

  /** Resolves when no notification is left to send. */
  drained(): Promise<void> {
    return this.notifier.drained();
  }

  private tellNow(dueAt: number): void {
    this.listener(dueAt - performance.now());
    this.earliest = Math.min(this.earliest, dueAt);
    this.notifier.notify();
  }
}
