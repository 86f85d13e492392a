import type { Logger } from '@nestjs/common';
import { WakeUp } from '../../background/wake-up.js';
import { isToBeWaitedFor } from '../../postgres/transient-failure.js';
import type { Folding } from '../declare/folding.js';
import { ProjectionBusyError, ProjectionStateError } from '../projection-errors.js';
import { FoldFailure } from '../turn/fold-failure.js';
import { selectNextAttempt } from '../turn/parking.sql.js';
import { projectionLogger } from './projection-log.js';
import type { WorkerParts } from './worker-parts.js';

/** How often it looks for keys that another process has parked, in ms: that process may be gone. */
const LOOK_MS = 5_000;
/** Pause after a try that met another process or a failure, in ms. */
const PAUSE_MS = 500;

/**
 * Retries the parked keys of a reaction that declares `retry`, one after the other, as each is due. The times are in
 * the database, by its clock, so any process makes the next attempt, and a restart changes nothing.
 */
export class SelfRetries {
  private readonly logger: Logger;
  private readonly wakeUp = new WakeUp();
  private known = 0;
  private stopping = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly folding: Folding,
    private readonly parts: WorkerParts,
  ) {
    this.logger = projectionLogger(folding.name);
  }

  /** Can be called again. */
  start(): void {
    if (this.folding.retry !== undefined && !this.stopping) this.running ??= this.loop();
  }

  /** Notes how many keys are parked: when there are more, the next attempt may be sooner. */
  parked(count: number): void {
    if (count > this.known) this.wakeUp.ring();
    this.known = count;
  }

  /** Ends after the current attempt. Can be called again. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp.ring();
    await this.running;
  }

  private async loop(): Promise<void> {
    while (!this.stopping) {
      try {
        await this.next();
      } catch (error) {
        this.failed(error);
        await this.wakeUp.pause(PAUSE_MS, () => this.stopping);
      }
    }
  }

  private async next(): Promise<void> {
    const { folding } = this;
    const { database, options, parkedKeys } = this.parts;
    const next = await selectNextAttempt(database.statements, options, folding.name);
    if (next === undefined || next.inMs > 0) {
      return this.wakeUp.wait(Math.min(next === undefined ? LOOK_MS : Math.ceil(next.inMs), LOOK_MS));
    }
    const outcome = await parkedKeys.retryIfDue(folding, next.key);
    if (outcome?.parked === undefined) return;
    const { position, error } = outcome.parked;
    this.logger.warn(`Key ${next.key} still waits at position ${position}. ${error}`);
  }

  private failed(error: unknown): void {
    const isExpected = error instanceof ProjectionBusyError || error instanceof ProjectionStateError;
    if (isExpected || (isToBeWaitedFor(error) && !(error instanceof FoldFailure))) return;
    this.logger.warn(`A retry failed: ${(error as Error).message}`);
  }
}
