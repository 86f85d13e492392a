import { Logger } from '@nestjs/common';
import type { LogSignal } from '../log-signal.js';
import type { TurnOptions } from '../options.js';
import { backOffDelay } from '../retry.js';
import type { Folding } from './folding.js';
import { isTransient } from '../transient-failure.js';
import type { TurnOutcome, Turns } from './turn.js';
import { WakeUp } from './wake-up.js';

/** Pause of a projection that has caught up, in lengths of its last turn, and at most in ms. */
const REST = 3;
const MAX_PAUSE_MS = 50;

export type RunnerStatus = 'starting' | 'running' | 'retrying' | 'stopped';

/**
 * Keeps one projection going in this process: turn after turn while there is a backlog, then asleep until the log
 * grows or the poll interval is over. What fails is tried again with back-off; after too many failures in a row the
 * projection stops and says so, since going on would mean to leave events out.
 */
export class ProjectionRunner {
  status: RunnerStatus = 'starting';
  /** Folded by this process at the last turn it had. Other instances may be further. */
  position = 0;
  failure: Error | undefined;

  private readonly logger: Logger;
  private readonly wakeUp = new WakeUp();
  private failures = 0;
  private stopping = false;
  private running: Promise<void> | undefined;
  private unsubscribe: (() => void) | undefined;

  constructor(
    readonly folding: Folding,
    private readonly turns: Turns,
    private readonly signal: LogSignal,
    private readonly options: TurnOptions,
    private readonly onProgress: (position: number) => void,
  ) {
    this.logger = new Logger(`Projection ${folding.name}`);
  }

  start(): void {
    this.unsubscribe = this.signal.subscribe(() => this.wakeUp.ring());
    this.running ??= this.loop();
  }

  /** Ends after the turn under way. Can be called again. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.unsubscribe?.();
    this.wakeUp.ring();
    await this.running;
  }

  private async loop(): Promise<void> {
    let prepared = false;
    while (!this.stopping && this.status !== 'stopped') {
      try {
        if (!prepared) await this.prepare();
        prepared = true;
        const start = performance.now();
        const outcome = await this.turns.run(this.folding);
        this.succeeded(outcome);
        const hasCaughtUp = outcome.kind === 'elsewhere' || !outcome.behind;
        if (hasCaughtUp) await this.sleep(performance.now() - start);
      } catch (error) {
        await this.failed(error as Error);
      }
    }
  }

  /**
   * Until the log grows. The first event after a silence is folded at once, those right behind it together: the pause is
   * some times as long as the turn was, so that a busy machine is left to the commands and folds in larger turns.
   */
  private async sleep(turnMs: number): Promise<void> {
    const pause = Math.min(Math.max(this.options.pauseMs, turnMs * REST), MAX_PAUSE_MS);
    await this.wakeUp.pause(pause, () => this.stopping);
    await this.wakeUp.wait(this.options.pollIntervalMs);
  }

  private async prepare(): Promise<void> {
    const { reset } = await this.turns.prepare(this.folding);
    if (reset)
      this.logger.log(`Revision ${this.folding.revision} is new here: folding again from the first event`);
  }

  private succeeded(outcome: TurnOutcome): void {
    this.status = 'running';
    this.failures = 0;
    this.failure = undefined;
    if (outcome.kind !== 'folded') return;
    this.position = outcome.position;
    this.onProgress(outcome.position);
  }

  private async failed(error: Error): Promise<void> {
    const transient = isTransient(error);
    this.failure = error;
    this.failures++;
    if (!transient && this.failures >= this.options.maxFailures) {
      this.status = 'stopped';
      this.logger.error(
        `Stopped after position ${this.position}: ${this.failures} failures in a row. Nothing was left out; ` +
          `mend the cause and restart. ${error.message}`,
        error.stack,
      );
      return;
    }
    this.status = 'retrying';
    const delay = backOffDelay(this.failures, this.options.retryDelayMs);
    this.logger.warn(`Failure ${this.failures}, next try in ${Math.round(delay)} ms: ${error.message}`);
    await this.wakeUp.pause(delay, () => this.stopping);
  }
}
