import type { Logger } from '@nestjs/common';
import { isOfNewerBuild } from '../../event/event-errors.js';
import type { LogSignal } from '../../log/arrival/log-signal.js';
import type { ResolvedOptions } from '../../options.js';
import type { TurnOptions } from '../../options/event-sourcing-options.js';
import { backOffDelay } from '../../background/retry.js';
import { isToBeWaitedFor } from '../../postgres/transient-failure.js';
import type { Share } from '../declare/share.js';
import { TransactionConflictError } from '../../log/append/transaction-errors.js';
import { LeaseOvertaken } from '../lease/lease-overtaken.js';
import type { LeasedTurns } from '../lease/leased-turns.js';
import { FoldFailure } from '../turn/fold-failure.js';
import type { LogWatch } from '../../log/arrival/log-watch.js';
import { FaultSearch, type TurnRange } from './parking-decision.js';
import { TransientFailureCount } from './transient-failure-count.js';
import { projectionLogger } from './projection-log.js';
import { RUNNER_LIFE, type RunnerEvent, type RunnerStatus } from './runner-life.js';
import type { KeyToPark } from '../turn/parking.sql.js';
import { TooManyParked } from '../turn/parking-limit.js';
import type { TurnLimits, TurnOutcome, Turns } from '../turn/turn.js';
import { TurnSize } from './turn-size.js';
import { WakeUp } from '../../background/wake-up.js';

/** Pause of a projection that has caught up, as a multiple of its last turn's length. `MAX_PAUSE_MS` is its maximum. */
const REST = 3;
const MAX_PAUSE_MS = 50;

/** Whether another append came first. A stream that is to be new will not become so. */
const isConflictOfVersions = (cause: unknown): boolean =>
  cause instanceof TransactionConflictError && cause.expectedVersion !== 0;

/** Called after the commit of a turn of this process, with its position and the parked keys. */
export type TurnDone = (position: number, parked: readonly string[]) => void;

/** The parts that all runners share. */
export interface RunnerParts {
  turns: Turns;
  leasedTurns: LeasedTurns;
  signal: LogSignal;
  watch: LogWatch;
  options: ResolvedOptions;
}

/**
 * Folds one share of a projection in this process: turn after turn while there is a backlog. Then it sleeps until the
 * log grows or the poll interval is over.
 *
 * A failed turn is tried again with back-off. When it keeps failing, `FaultSearch` finds the event, its key is parked,
 * and all other keys go on. Transient failures are retried as long as they last (`TransientFailureCount`), and park
 * nothing. An event that only a newer build can read is left to that build.
 */
export class ProjectionRunner {
  status: RunnerStatus = 'starting';
  /** Position after the last turn of this process. Other instances may be further. */
  position = 0;
  failure: Error | undefined;

  private readonly logger: Logger;
  private readonly wakeUp = new WakeUp();
  private readonly options: TurnOptions;
  private readonly size: TurnSize;
  /** The position that the last turn was to reach. */
  private upTo = 0;
  private readonly search: FaultSearch;
  private readonly transientFailures: TransientFailureCount;
  private hasStoodBy = false;
  private stopping = false;
  private running: Promise<void> | undefined;
  private unsubscribe: (() => void) | undefined;

  constructor(
    readonly share: Share,
    private readonly parts: RunnerParts,
    private readonly tell: { turn: () => TurnDone; replaced: () => void },
  ) {
    this.logger = projectionLogger(share.folding.name);
    this.options = parts.options.turns;
    this.size = new TurnSize(this.options.size);
    // A key that is retried without an operator steps aside at once.
    this.search = new FaultSearch(share.folding.retry === undefined ? this.options.attempts : 1);
    this.transientFailures = new TransientFailureCount(this.options.patienceMs);
  }

  start(): void {
    this.unsubscribe = this.parts.signal.subscribe(() => this.wakeUp.ring());
    this.running ??= this.loop();
  }

  /** Ends after the current turn. Can be called again. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.unsubscribe?.();
    this.wakeUp.ring();
    await this.running;
  }

  private async loop(): Promise<void> {
    const { turns, leasedTurns } = this.parts;
    const work = this.share.folding.leaseMs === undefined ? turns : leasedTurns;
    while (!this.stopping) {
      const start = performance.now();
      const done = this.tell.turn();
      try {
        const outcome = await work.run(this.share, this.limits());
        this.succeeded(outcome, done);
        if (outcome.kind !== 'folded' || !outcome.behind)
          await this.sleep(performance.now() - start, outcome);
      } catch (error) {
        await this.failed(error as Error, performance.now() - start);
      }
    }
  }

  private limits(): TurnLimits {
    const { rebuildSize, maxRows, rebuildRows } = this.options;
    const isRebuild = this.share.build === 'rebuild';
    return {
      // A rebuild's rows are not visible before its end, so its turns are long.
      ...this.search.limits(this.position, isRebuild ? rebuildSize : this.size.next),
      maxRows: isRebuild ? rebuildRows : maxRows,
      began: (after, upTo) => this.began({ position: after, upTo }),
      isStopping: () => this.stopping,
    };
  }

  private come(event: RunnerEvent): void {
    this.status = RUNNER_LIFE[this.status][event];
  }

  private began({ position, upTo }: TurnRange): void {
    this.position = position;
    this.upTo = upTo;
  }

  /**
   * Sleeps until the log grows. The first event after a silence is folded at once, the events right behind it together.
   * The pause is a multiple of the turn's length, so that a busy machine is left to the commands and folds in larger
   * turns.
   */
  private async sleep(turnMs: number, { kind }: TurnOutcome): Promise<void> {
    const pause = Math.min(Math.max(this.options.pauseMs, turnMs * REST), MAX_PAUSE_MS);
    await this.wakeUp.pause(pause, () => this.stopping);
    // Another process may have the checkpoint now, and die without notice: then this one must look soon.
    const isIdle = kind === 'folded' || kind === 'paused';
    await this.wakeUp.wait(isIdle ? this.parts.watch.idleMs : this.options.pollIntervalMs);
  }

  private succeeded(outcome: TurnOutcome, done: TurnDone): void {
    this.transientFailures.reset();
    if (outcome.kind === 'folded') this.folded(outcome, done);
    else this.leftAlone(outcome.kind);
    if (this.status !== 'stopped') this.failure = undefined;
  }

  private folded(
    { position, behind, parked: keys }: Extract<TurnOutcome, { kind: 'folded' }>,
    done: TurnDone,
  ): void {
    const { leadsUp, parked } = this.search.folded(position);
    this.come(leadsUp ? 'led up' : 'folded');
    if (parked !== undefined) this.tellParked(parked);
    this.position = position;
    this.size.folded(behind);
    done(position, keys);
  }

  private leftAlone(kind: Exclude<TurnOutcome['kind'], 'folded'>): void {
    this.come(kind === 'paused' ? 'paused' : 'folded');
    this.search.dropParking();
    if (kind === 'replaced') this.tell.replaced();
  }

  private tellParked({ key, event, error }: Pick<KeyToPark, 'key' | 'event' | 'error'>): void {
    if (this.share.folding.retry !== undefined) {
      this.logger.warn(
        `Key ${key} waits at position ${event.position} (${event.type}), and is retried without an operator; all other ` +
          `keys go on. ${error}`,
      );
      return;
    }
    this.logger.error(
      `Parked key ${key} at position ${event.position} (${event.type}); all other keys go on. ` +
        `Mend the cause, then retry it. ${error}`,
    );
  }

  private async failed(error: Error, ms: number): Promise<void> {
    if (error instanceof LeaseOvertaken) return this.overtaken(error);
    this.failure = error;
    if (error instanceof TooManyParked) return this.standStill(error);
    if (isOfNewerBuild(error)) return this.standBy(error);
    const waited = this.isWaitedFor(error) ? this.transientFailures.next(error) : undefined;
    const attempt = waited ?? this.search.failed(error, { position: this.position, upTo: this.upTo }, ms);
    if (attempt !== undefined) await this.tryAgain(error, attempt);
  }

  /**
   * A conflict of an append of a reaction passes: the next try sees the fresh state. A handler whose event is retried
   * without an operator holds up no other key.
   */
  private isWaitedFor(error: Error): boolean {
    const { kind, retry } = this.share.folding;
    const isOfHandler = error instanceof FoldFailure;
    if (isOfHandler && retry !== undefined) return false;
    return (
      (isOfHandler && kind === 'reaction' && isConflictOfVersions(error.cause)) || isToBeWaitedFor(error)
    );
  }

  private overtaken(error: LeaseOvertaken): void {
    this.logger.warn(error.message);
    this.leftAlone('elsewhere');
  }

  private async tryAgain(error: Error, attempt: number): Promise<void> {
    this.come('failed');
    if (this.status !== 'stopped') {
      this.logger.warn(`Failed after position ${this.position}, trying again: ${error.message}`);
    }
    await this.wakeUp.pause(backOffDelay(attempt, this.options.retryDelayMs), () => this.stopping);
  }

  /**
   * The next event is for a newer build. This process still looks now and then, since the newer build may have folded
   * it and be gone.
   */
  private async standBy(error: Error): Promise<void> {
    this.come('too new');
    if (!this.hasStoodBy) this.logger.warn(`Left to a newer build: ${error.message}`);
    this.hasStoodBy = true;
    await this.wakeUp.pause(this.options.standByMs, () => this.stopping);
  }

  /** Too many keys are parked: an operator has to act. The next try comes by itself, so `retry` or `skip` is enough. */
  private async standStill(error: TooManyParked): Promise<void> {
    if (this.status !== 'stopped') {
      this.logger.error(
        `Stopped after position ${this.position}. Nothing was left out: mend the cause, then retry or skip the parked ` +
          `keys. ${error.message}`,
      );
    }
    this.come('full');
    this.search.dropParking(); // the next try uses the code of then
    await this.wakeUp.pause(Math.max(this.options.pollIntervalMs, 1_000), () => this.stopping);
  }
}
