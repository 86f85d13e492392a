import type { Logger } from '@nestjs/common';
import { backOffDelay } from '../../background/retry.js';
import { BuildWork, type RunnerReport } from './build-work.js';
import type { WorkPlan } from './plan.sql.js';
import type { ExchangeOutcome } from '../rebuild/exchange.js';
import type { Folding } from '../declare/folding.js';
import { projectionLogger } from './projection-log.js';
import type { WorkerParts } from './worker-parts.js';
import { selectRemaining, TRIED_AGAIN, updateReason } from '../rebuild/rebuild.sql.js';
import { statesBefore } from '../rebuild/rebuild-states.js';
import { isNewer } from '../declare/revision.js';

/** Pause after a failed exchange, in ms. It doubles with each further failure, up to a minute. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
/** How long the living rows may stand still for an exchange, in ms. It doubles with each failure after the fourth. */
const STANDSTILL_MS = 250;
const STRICT_ATTEMPTS = 4;
const LONGEST_STANDSTILL_MS = 5_000;

/** The work of this process for the rebuild of one projection: it claims the rebuild, folds its rows, and ends it. */
export class RebuildWork {
  private readonly logger: Logger;
  private readonly build: BuildWork;
  private readonly stopping = new AbortController();
  private failures = 0;
  private notBefore = 0;
  private isClean = false;
  /** Whether the exchange follows when the rows have caught up. */
  private isAwaited = false;
  private readonly ignoreActs: () => void;

  constructor(
    private readonly folding: Folding,
    private readonly parts: WorkerParts,
    private readonly wake: () => void,
  ) {
    this.logger = projectionLogger(folding.name);
    this.build = new BuildWork(folding, 'rebuild', parts, {
      turn: () => () => this.isAwaited && wake(),
      replaced: wake,
    });
    this.ignoreActs = parts.rebuilds.onAct(folding.name, wake);
  }

  get report(): RunnerReport | undefined {
    return this.build.report;
  }

  /** Ends after the current turns, and cancels a comparison. Can be called again. */
  async stop(): Promise<void> {
    this.ignoreActs();
    this.stopping.abort();
    await this.build.stop();
  }

  /** @returns whether the living rows were changed */
  async go(plan: WorkPlan): Promise<boolean> {
    const { rebuild } = plan;
    if (rebuild === null) await this.cleanUp();
    else if (rebuild.state === 'requested') await this.attempt('It cannot be begun', () => this.claim(plan));
    const isOurs = rebuild?.state !== 'requested' && rebuild?.revision === this.folding.revision;
    this.isAwaited = isOurs && statesBefore('exchanged').includes(rebuild.state);
    if (!isOurs) {
      await this.build.run(0);
      return false;
    }
    this.isClean = false;
    if (await this.parts.rebuilds.restartIfOutdated(this.folding)) {
      this.logger.warn('The living table has other columns now: the rebuild begins again');
      return false;
    }
    if (!this.stopping.signal.aborted) await this.build.run(rebuild.partitions!);
    const isWell = this.build.report?.status === 'running';
    return this.isAwaited && isWell && this.exchange();
  }

  /**
   * The build that folds the living rows claims first. When no process has it, any build that is not older may claim.
   */
  private async claim({ revision, served }: WorkPlan): Promise<void> {
    const { folding } = this;
    const isNext = !served.includes(revision) && !isNewer(revision, folding.revision);
    const isOurs = revision === folding.revision || isNext;
    const isBegun = isOurs && (await this.parts.rebuilds.claim(folding));
    this.succeeded();
    if (isOurs) this.wake();
    if (isBegun) this.logger.log('Rebuilding the rows beside the living ones');
  }

  private async cleanUp(): Promise<void> {
    if (this.isClean) return;
    await this.attempt('Its tables cannot be dropped', async () => {
      await this.parts.rebuilds.dropLeftovers(this.folding);
      this.isClean = true;
      this.succeeded();
    });
  }

  private async exchange(): Promise<boolean> {
    const { database, options, exchange, parkedKeys } = this.parts;
    const remaining = await selectRemaining(database.statements, options, this.folding.name);
    if (remaining > options.turns.size) return false;
    let isExchanged = false;
    await this.attempt('The exchange failed', async () => {
      await parkedKeys.retryForgiven(this.folding);
      isExchanged = this.conclude(await exchange.attempt(this.folding, this.limits()));
    });
    return isExchanged;
  }

  /**
   * `waits` means that another process has it, a turn has not ended, or the projection is paused: that is no failure.
   */
  private conclude(outcome: ExchangeOutcome): boolean {
    if (outcome.kind === 'waits') {
      this.failures--;
      return false;
    }
    this.succeeded();
    this.logger.log(
      outcome.kind === 'held'
        ? 'Rebuilt and compared: held until it is released'
        : 'Rebuilt: the living rows are those of the rebuild now',
    );
    return outcome.kind === 'exchanged';
  }

  /** Runs the work, but only after the pause since the last failure. A failure is recorded as the rebuild's reason. */
  private async attempt(what: string, work: () => Promise<void>): Promise<void> {
    if (performance.now() < this.notBefore || this.stopping.signal.aborted) return;
    this.failures++;
    const pauseMs = backOffDelay(this.failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    this.notBefore = performance.now() + pauseMs;
    try {
      await work();
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      const reason = `${what}${TRIED_AGAIN} ${Math.ceil(pauseMs / 1_000)} s: ${(error as Error).message}`;
      if (this.failures > 1) this.logger.warn(reason);
      await updateReason(this.parts.database.statements, this.parts.options, this.folding.name, reason);
    }
  }

  private succeeded(): void {
    this.failures = this.notBefore = 0;
  }

  private limits() {
    const leniency = 2 ** Math.max(0, this.failures - STRICT_ATTEMPTS);
    return {
      standstillMs: Math.min(STANDSTILL_MS * leniency, LONGEST_STANDSTILL_MS),
      stop: this.stopping.signal,
    };
  }
}
