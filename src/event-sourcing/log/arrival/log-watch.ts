import { Injectable } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import { LogSignal } from './log-signal.js';
import { ResolvedOptions } from '../../options.js';
import { Database } from '../../postgres/database.js';
import { LogListener } from './log-listener.js';
import { type LogState, selectLogState } from './log-watch.sql.js';
import { WakeUp } from '../../background/wake-up.js';

/**
 * The one look that an idle process takes at the database, for all its projections and partitions: each
 * `notifications.checkIntervalMs`, one statement. It does three things:
 *
 * - It proves that notifications arrive. The statement, which takes a connection of the pool as appends do, notifies a
 *   channel of this process, and the listener must hear it in time. While it does, projections sleep for
 *   `turns.idlePollIntervalMs`; as soon as it does not, they are woken, and poll each `turns.pollIntervalMs`.
 * - It finds events whose notification was lost, such as those of a process that was killed right after its commit.
 * - It finds what an operator or another process has done to a projection or its rebuild.
 */
@Injectable()
export class LogWatch {
  private readonly wakeUp = new WakeUp();
  private readonly plans = new EventEmitter().setMaxListeners(0);
  private last: LogState | undefined;
  private asking: Promise<void> | undefined;
  private proofs = 0;
  private stopping = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly signal: LogSignal,
    private readonly listener: LogListener,
    private readonly options: ResolvedOptions,
  ) {}

  /** How long who has nothing to do may sleep, in ms, when the log or the plans wake it. */
  get idleMs(): number {
    const { idlePollIntervalMs, pollIntervalMs } = this.options.turns;
    return this.listener.connected ? Math.max(idlePollIntervalMs, pollIntervalMs) : pollIntervalMs;
  }

  /** Whether what is done to projections elsewhere is heard of. */
  get isHeard(): boolean {
    return this.listener.connected;
  }

  /** Calls when a projection, or its rebuild, was changed. @returns what ends that */
  onPlans(listener: () => void): () => void {
    this.plans.on('changed', listener);
    return () => void this.plans.off('changed', listener);
  }

  start(): void {
    this.listener.onNews(() => this.wakeUp.ring());
    this.running ??= this.loop();
  }

  /** Can be called again. A statement under way ends with its connection. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp.ring();
    await this.running;
  }

  private async loop(): Promise<void> {
    while (!this.stopping) {
      await this.prove();
      await this.wakeUp.wait(this.options.notifications.checkIntervalMs);
    }
  }

  private async prove(): Promise<void> {
    const proof = String(++this.proofs);
    const arrival = this.listener.hears(proof);
    // One that hangs is not asked again beside itself: each would hold a connection of the pool.
    this.asking ??= this.look(proof).finally(() => (this.asking = undefined));
    if (this.listener.state === 'disconnected') await this.asking;
    else this.listener.judge(await arrival);
  }

  private async look(proof: string): Promise<void> {
    const ask = [this.listener.ownChannel, proof] as const;
    const state = await selectLogState(this.database.statements, this.options, ask).catch(() => undefined);
    if (state === undefined) return;
    const { last } = this;
    this.last = state;
    if (last?.head !== state.head || last.plans !== state.plans) this.signal.raise();
    if (last?.plans !== state.plans) this.plans.emit('changed');
  }
}
