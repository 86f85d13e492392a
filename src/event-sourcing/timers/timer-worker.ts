import { Injectable, Logger } from '@nestjs/common';
import { backOffDelay } from '../background/retry.js';
import { WakeUp } from '../background/wake-up.js';
import { LogListener } from '../log/arrival/log-listener.js';
import { ResolvedOptions } from '../options.js';
import { Database } from '../postgres/database.js';
import { isTransient } from '../postgres/transient-failure.js';
import { deleteCancelled } from './change-timers.sql.js';
import { selectWait } from './fire-timers.sql.js';
import { TimerFiring } from './timer-firing.js';
import { TimerSignal } from './timer-signal.js';

/** The pause, in ms, while another process fires, or another transaction is changing the timer that is due. */
const BESIDE_OTHERS_MS = 100;
/** The first and the longest pause after a failure, in ms. */
const RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;
/** Most cancelled timers that one statement deletes. */
const CLEAN_UP = 1_000;

/**
 * Fires timers in this process. It sleeps until the next one is due, as far as it knows, and at most
 * `timers.pollIntervalMs`. A timer that is scheduled or moved meanwhile wakes it.
 */
@Injectable()
export class TimerWorker {
  private readonly logger = new Logger('Timers');
  private readonly wakeUp = new WakeUp();
  /** When it looks again, on the clock of `performance.now()`. */
  private looksAt = Infinity;
  private cleansUpAt = 0;
  private stopping = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly firing: TimerFiring,
    private readonly signal: TimerSignal,
    private readonly listener: LogListener,
    private readonly options: ResolvedOptions,
  ) {}

  /** Does nothing in a process without background work, or without a log. */
  start(): void {
    if (!this.options.projections || !this.options.hasLog || this.running !== undefined) return;
    this.signal.subscribe((inMs) => this.hear(inMs));
    this.running = this.loop();
  }

  /** Waits for the transaction under way. Can be called again. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp.ring();
    await this.running;
    await this.signal.drained();
  }

  private hear(inMs: number): void {
    if (performance.now() + inMs < this.looksAt) this.wakeUp.ring();
  }

  private async loop(): Promise<void> {
    let wasTold: string | undefined;
    for (let failures = 0; !this.stopping;) {
      this.looksAt = Infinity; // a timer that is told during a look is looked for again
      try {
        await this.rest((await this.work()) ?? Infinity);
        failures = 0;
      } catch (error) {
        const { message } = error as Error;
        if (message !== wasTold && !isTransient(error)) this.logger.error(`Timers wait: ${message}`);
        wasTold = message;
        await this.rest(backOffDelay(++failures, RETRY_MS, LONGEST_RETRY_MS));
      }
    }
  }

  /** Fires what is due. @returns the ms until the next timer may fire */
  private async work(): Promise<number | undefined> {
    await this.cleanUp();
    const wait = await selectWait(this.database.statements, this.options);
    if (wait === undefined || wait > 0) return wait;
    return (await this.firing.fire()) ? 0 : BESIDE_OTHERS_MS;
  }

  private async rest(ms: number): Promise<void> {
    if (ms <= 0) return;
    const rest = Math.ceil(Math.min(ms, this.pollMs));
    this.looksAt = performance.now() + rest;
    await this.wakeUp.wait(rest);
  }

  /** Shorter while notifications are not proven to arrive. */
  private get pollMs(): number {
    const { timers, turns } = this.options;
    const isDeaf = this.listener.isRunning && !this.listener.connected;
    return isDeaf ? Math.min(timers.pollIntervalMs, turns.pollIntervalMs) : timers.pollIntervalMs;
  }

  /** Cancelled timers are kept as long as idempotency keys: a repeated call meets them. */
  private async cleanUp(): Promise<void> {
    if (performance.now() < this.cleansUpAt) return;
    const old = { hours: this.options.idempotencyKeyHours, limit: CLEAN_UP };
    if ((await deleteCancelled(this.database.statements, this.options, old)) === CLEAN_UP) return;
    this.cleansUpAt = performance.now() + this.options.idempotencyCleanUpMinutes * 60_000;
  }
}
