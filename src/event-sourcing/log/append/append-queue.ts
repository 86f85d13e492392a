import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AppendLockTimeoutError, AppendsClosedError, OverloadedError } from './append-errors.js';
import type { GroupCommitOptions } from '../../options/event-sourcing-options.js';
import { AppendBatch } from './append-batch.js';
import { type KeyToTake, type QueuedAppend, queuedAppend, refuseWithoutBasis } from './queued-append.js';
import type { AppendFlight } from './append-flight.js';
import type { AppendTicket } from './append-ticket.js';
import type { AppendRow, AppendVerdict } from './append-row.js';

/**
 * Group commit. The log takes one append at a time, from its lock to its commit, and a commit waits for the disk. So
 * appends that arrive during a commit wait together and leave in one call with one commit; each gets its own verdict.
 * The queue sends at once when it is idle: a single client pays nothing.
 *
 * An append that builds on an earlier one of the same process leaves in the same batch or after it. So commands on one
 * hot stream share commits as commands on many streams do.
 *
 * A crowd is divided. When there are enough appends for two batches, the second is sent while the database works on the
 * first, and neither side waits for the other. With fewer, a second batch would only make both small, and each pays for
 * a commit.
 */
export class AppendQueue {
  private waiting: QueuedAppend[] = [];
  private waitingBytes = 0;
  private waitingEvents = 0;
  private scheduled: NodeJS.Immediate | undefined;
  /** Whether the last batch had more than one append, or appends were refused that will come again together. */
  private crowded = false;
  private closing = false;
  /** Runs what is done for several callers: outside of the context of any of them. */
  private readonly forAll = AsyncLocalStorage.snapshot();
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly flight: Pick<AppendFlight, 'send'>,
    private readonly options: GroupCommitOptions,
  ) {}

  /**
   * Returns the verdicts on the rows, in order, after their commit.
   *
   * @throws AppendsClosedError after `drained` was called
   * @throws OverloadedError when too many appends are waiting already
   * @throws BasisNotStored when the append that it builds on was not stored
   */
  append(rows: readonly AppendRow[], key?: KeyToTake, ticket?: AppendTicket): Promise<AppendVerdict[]> {
    return new Promise((resolve, reject) => {
      if (this.closing) throw new AppendsClosedError();
      const append = queuedAppend(rows, key, { resolve, reject }, ticket);
      if (this.isFull(append)) throw new OverloadedError(this.waiting.length);
      ticket?.basis?.whenSettled(() => this.schedule());
      this.waiting.push(append);
      this.waitingBytes += append.bytes;
      this.waitingEvents += rows.length;
      this.schedule();
    });
  }

  /**
   * Resolves when nothing waits and nothing is being sent. From this call on, no append is accepted: a caller that goes
   * on appending would keep the application from its end. None waits for the lock of the log a second time: all batches
   * together would take too long.
   */
  async drained(): Promise<void> {
    this.closing = true;
    while (this.scheduled !== undefined || this.underWay.size > 0) {
      await Promise.all(this.underWay);
      await nextTurn();
    }
  }

  private isFull({ bytes }: QueuedAppend): boolean {
    const { maxWaiting, maxWaitingBytes } = this.options;
    // A large append is accepted when nothing waits: waiting would never make it smaller.
    return (
      this.waiting.length >= maxWaiting ||
      (this.waiting.length > 0 && this.waitingBytes + bytes > maxWaitingBytes)
    );
  }

  /**
   * In a crowd, sends at the end of this turn of the event loop. The callers of the batch that just returned are all
   * about to append again, and otherwise the first would leave without the others. A single client does not wait for
   * that.
   */
  private schedule(): void {
    if (!this.crowded) return this.sendNext();
    this.scheduled ??= setImmediate(() => {
      this.scheduled = undefined;
      this.forAll(() => this.sendNext());
    });
  }

  private sendNext(): void {
    for (let share = this.share(); share > 0; share = this.share()) {
      const { batch, areRefused } = this.takeBatch(share);
      if (batch.size > 0 || areRefused) this.crowded = batch.size > 1 || areRefused;
      if (batch.size === 0) return; // the waiting appends build on appends that are being sent
      const sending = this.sendBatch(batch).finally(() => {
        this.underWay.delete(sending);
        this.forAll(() => this.schedule());
      });
      this.underWay.add(sending);
    }
  }

  /** How many waiting appends the next batch takes; 0 when no batch is to be sent now. */
  private share(): number {
    const { lanes, laneEvents } = this.options;
    const free = lanes - this.underWay.size;
    const worthwhile = Math.floor(this.waitingEvents / laneEvents);
    const opened = Math.min(free, this.underWay.size === 0 ? Math.max(worthwhile, 1) : worthwhile);
    return opened <= 0 ? 0 : Math.ceil(this.waiting.length / opened);
  }

  private takeBatch(share: number): { batch: AppendBatch; areRefused: boolean } {
    const { maxBatch, maxBatchBytes } = this.options;
    const batch = new AppendBatch({ maxBatch: Math.min(share, maxBatch), maxBatchBytes }, true);
    let areRefused = false;
    this.waiting = this.waiting.filter((append) => {
      const isRefused = refuseWithoutBasis(append);
      areRefused ||= isRefused;
      const leaves = isRefused || (mayLeaveIn(batch, append) && batch.take(append));
      if (leaves) this.waitingBytes -= append.bytes;
      if (leaves) this.waitingEvents -= append.rows.length;
      return !leaves;
    });
    return { batch, areRefused };
  }

  /** Appends that already waited when the batch was sent have waited for the lock as long as the batch. */
  private rejectThoseBehind(error: AppendLockTimeoutError, sentAt: number): void {
    const isBehind = ({ since }: QueuedAppend) => this.closing || since <= sentAt;
    const behind = this.waiting.filter((append) => isBehind(append));
    this.waiting = this.waiting.filter((append) => !isBehind(append));
    for (const { bytes, rows, reject } of behind) {
      this.waitingBytes -= bytes;
      this.waitingEvents -= rows.length;
      reject(error);
    }
  }

  private async sendBatch(batch: AppendBatch): Promise<void> {
    const sentAt = performance.now();
    const timeout = await this.flight.send(batch);
    if (timeout !== undefined) this.rejectThoseBehind(timeout, sentAt);
  }
}

/** An append must not leave before its basis. */
const mayLeaveIn = (batch: AppendBatch, { ticket }: QueuedAppend) =>
  ticket?.basis === undefined || batch.has(ticket.basis);
