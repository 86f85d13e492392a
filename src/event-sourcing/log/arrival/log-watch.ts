import { Injectable } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import { LogSignal } from './log-signal.js';
import { ResolvedOptions } from '../../options.js';
import { Database } from '../../postgres/database.js';
import { LogListener } from './log-listener.js';
import { type LogState, selectLogState } from './log-watch.sql.js';
import { WakeUp } from '../../background/wake-up.js';

/**
 * The one statement that an idle process sends to the database, for all its projections and partitions, each
 * `notifications.checkIntervalMs`. It does four things:
 *
 * - It proves that notifications arrive. The statement, which takes a connection of the pool as appends do, notifies a
 *   channel of this process, and the listener must hear it in time. While that works, projections sleep for
 *   `turns.idlePollIntervalMs`. When it fails, they are woken, and poll each `turns.pollIntervalMs`.
 * - It finds events whose notification was lost, such as those of a process that was killed right after its commit.
 * - It finds acts of operators and other processes on a projection or its rebuild.
 * - It finds erasures of persons.
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

  /** How long an idle projection may sleep, in ms; the log and acts on projections wake it earlier. */
  get idleMs(): number {
    const { idlePollIntervalMs, pollIntervalMs } = this.options.turns;
    return this.listener.connected ? Math.max(idlePollIntervalMs, pollIntervalMs) : pollIntervalMs;
  }

  /** Whether this process hears of acts on projections in other processes. */
  get isHeard(): boolean {
    return this.listener.connected;
  }

  /** Calls `listener` when a projection or its rebuild has changed. @returns the function that ends it */
  onPlans(listener: () => void): () => void {
    this.plans.on('changed', listener);
    return () => void this.plans.off('changed', listener);
  }

  /** Calls `listener` after each look that has found a new erasure, or one with steps left. @returns what ends it */
  onErasures(listener: (state: LogState) => void): () => void {
    this.plans.on('erasures', listener);
    return () => void this.plans.off('erasures', listener);
  }

  start(): void {
    this.listener.onNews(() => this.wakeUp.ring());
    this.running ??= this.loop();
  }

  /** Can be called again. A running statement ends with its connection. */
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
    // A statement that hangs is not sent again: each would hold a connection of the pool.
    this.asking ??= this.look(proof).finally(() => (this.asking = undefined));
    if (this.listener.state === 'disconnected') await this.asking;
    else this.listener.handleProof(await arrival);
  }

  private async look(proof: string): Promise<void> {
    const ask = [this.listener.ownChannel, proof] as const;
    const state = await selectLogState(this.database.statements, this.options, ask).catch(() => undefined);
    if (state === undefined) return;
    const { last } = this;
    this.last = state;
    if (last?.head !== state.head || last.plans !== state.plans) this.signal.raise();
    if (last?.plans !== state.plans) this.plans.emit('changed');
    if (state.isErasing || last?.lastErasure !== state.lastErasure) this.plans.emit('erasures', state);
  }
}
