import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { RepeatedCallError } from '../errors.js';
import { LogSignal } from '../log-signal.js';
import { MessageContext } from '../message-context.js';
import { ResolvedOptions } from '../options.js';
import { PreparedQueries } from '../prepared-queries.js';
import { Telemetry } from '../telemetry.js';
import { isTransient } from '../transient-failure.js';
import { type AppendBatch, singleBatch } from './append-batch.js';
import { AppendQueue } from './append-queue.js';
import { appendTogether } from './append-together.sql.js';
import { type AppendRow, type AppendVerdict, appendEvents } from './append.sql.js';
import { LogNotifier, notifyOfGrowth } from './log-notifier.js';
import { Database, type Statements } from '../postgres/database.js';

/** The way of rows into the log: in shared commits, or in the caller's transaction. */
@Injectable()
export class LogWriter {
  private readonly appendEvents: string;
  private readonly together: Parameters<typeof appendTogether>[1];
  private readonly queue: AppendQueue;
  private readonly notifier: LogNotifier;

  constructor(
    private readonly database: Database,
    private readonly context: MessageContext,
    private readonly signal: LogSignal,
    private readonly queries: PreparedQueries,
    private readonly telemetry: Telemetry,
    private readonly options: ResolvedOptions,
  ) {
    this.appendEvents = options.qualified('append_events');
    this.together = {
      appendOne: options.qualified('append_one'),
      appendTogether: options.qualified('append_together'),
    };
    this.queue = new AppendQueue((batch) => this.send(batch), isTransient, options.groupCommit);
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
    const key = call && { key: call.key, fingerprint: call.fingerprint, kept: call.kept, eventIds };
    const verdicts = await this.measured(rows.length, () =>
      manager === undefined ? this.queue.append(rows, key) : this.judge(singleBatch(rows, key), manager),
    );
    if (verdicts[0]?.verdict === 'repeated') throw new RepeatedCallError(call!.key);
    if (call !== undefined) call.isRecorded = verdicts.every(({ position }) => position !== null);
    if (manager === undefined) this.tellOthers();
    return verdicts;
  }

  /** Resolves when every append that was accepted is answered. */
  async drained(): Promise<void> {
    await this.queue.drained();
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
  private async send(batch: AppendBatch): Promise<AppendVerdict[]> {
    this.telemetry.batchSent(batch.size, batch.rows.length);
    return (
      (await appendTogether(this.queries, this.together, batch)) ??
      (await this.judge(batch, this.database.statements))
    );
  }

  private judge(batch: AppendBatch, manager: Statements): Promise<AppendVerdict[]> {
    return appendEvents(manager, this.appendEvents, batch);
  }

  private tellOthers(): void {
    this.signal.raise();
    this.notifier.notify();
  }
}
