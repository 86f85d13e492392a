import type { Logger } from '@nestjs/common';
import { isOfNewerBuild } from '../../errors.js';
import type { LogSignal } from '../../log/arrival/log-signal.js';
import type { ResolvedOptions, TurnOptions } from '../../options.js';
import { backOffDelay } from '../../background/retry.js';
import { isToBeWaitedFor } from '../../postgres/transient-failure.js';
import type { Share } from '../declare/share.js';
import { FoldFailure } from '../turn/fold-failure.js';
import type { KeyToPark } from '../turn/parking.sql.js';
import type { LogWatch } from '../../log/arrival/log-watch.js';
import { projectionLogger } from './projection-log.js';
import { RUNNER_LIFE, type RunnerEvent, type RunnerStatus } from './runner-life.js';
import { TooManyParked, type TurnOutcome, type Turns } from '../turn/turn.js';
import { WakeUp } from '../../background/wake-up.js';

/** Pause of a projection that has caught up, in lengths of its last turn, and at most in ms. */
const REST = 3;
const MAX_PAUSE_MS = 50;
/** Turns that found a backlog grow to so many times their usual size. */
const GROWTH = 8;

/** What runners share. */
export interface RunnerParts {
  turns: Turns;
  signal: LogSignal;
  watch: LogWatch;
  options: ResolvedOptions;
}

/**
 * Keeps one share of a projection going in this process: turn after turn while there is a backlog, then asleep until
 * the log grows or the poll interval is over.
 *
 * What fails is tried again with back-off. Where it goes on failing, the event is looked for: a handler's own failure
 * names it, any other is narrowed down by halves. Then its key is parked, and all others go on. Failures of the moment
 * (the database is away, a lock, a full disk) are tried for as long as they last, and park nothing. What only a newer
 * build can read is left to that one.
 */
export class ProjectionRunner {
  status: RunnerStatus = 'starting';
  /** Folded as of the last turn that this process had. Other instances may be further. */
  position = 0;
  failure: Error | undefined;

  private readonly logger: Logger;
  private readonly wakeUp = new WakeUp();
  private readonly options: TurnOptions;
  /** Size of the next turn, in positions. */
  private size: number;
  /** How far the last turn was to go. */
  private upTo = 0;
  /** A fault whose event is not known is looked for after `position` and up to here. */
  private faultUpTo: number | undefined;
  /** To be parked when all that comes before its event is folded. */
  private parking: KeyToPark | undefined;
  /** Failures in a row, and the event they are about, if that is known. */
  private failures = { count: 0, at: undefined as number | undefined };
  /** Failures of the moment in a row, and since when a handler has met them at one event, in ms. */
  private interruptions = { count: 0, at: undefined as number | undefined, since: 0 };
  private hasStoodBy = false;
  private stopping = false;
  private running: Promise<void> | undefined;
  private unsubscribe: (() => void) | undefined;

  constructor(
    readonly share: Share,
    private readonly parts: RunnerParts,
    private readonly tell: {
      progress: (position: number, parked: readonly string[]) => void;
      replaced: () => void;
    },
  ) {
    this.logger = projectionLogger(share.folding.name);
    this.options = parts.options.turns;
    this.size = this.options.size;
  }

  start(): void {
    this.unsubscribe = this.parts.signal.subscribe(() => this.wakeUp.ring());
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
    while (!this.stopping) {
      try {
        const start = performance.now();
        const outcome = await this.parts.turns.run(this.share, this.limits());
        this.succeeded(outcome);
        if (outcome.kind !== 'folded' || !outcome.behind)
          await this.sleep(performance.now() - start, outcome);
      } catch (error) {
        await this.failed(error as Error);
      }
    }
  }

  private limits() {
    const { rebuildSize, maxRows, rebuildRows } = this.options;
    const isRebuild = this.share.build === 'rebuild';
    const limits = {
      // Of a rebuild nobody sees a row before the end, so its turns are long.
      size: this.halfOfFault() ?? (isRebuild ? rebuildSize : this.size),
      maxRows: isRebuild ? rebuildRows : maxRows,
      began: (after: number, upTo: number) => this.began(after, upTo),
      isStopping: () => this.stopping,
    };
    if (this.parking === undefined) return limits;
    const { position } = this.parking.event;
    const isNext = this.position === position - 1;
    return isNext ? { ...limits, before: position + 1, park: this.parking } : { ...limits, before: position };
  }

  private come(event: RunnerEvent): void {
    this.status = RUNNER_LIFE[this.status][event];
  }

  private began(after: number, upTo: number): void {
    this.position = after;
    this.upTo = upTo;
  }

  private halfOfFault(): number | undefined {
    if (this.faultUpTo === undefined) return undefined;
    return Math.max(1, Math.ceil((this.faultUpTo - this.position) / 2));
  }

  /**
   * Until the log grows. The first event after a silence is folded at once, those right behind it together: the pause
   * is some times as long as the turn was, so that a busy machine is left to the commands and folds in larger turns.
   */
  private async sleep(turnMs: number, { kind }: TurnOutcome): Promise<void> {
    const pause = Math.min(Math.max(this.options.pauseMs, turnMs * REST), MAX_PAUSE_MS);
    await this.wakeUp.pause(pause, () => this.stopping);
    // What another process has at the moment may be left by it, without a word, when that dies.
    const isIdle = kind === 'folded' || kind === 'paused';
    await this.wakeUp.wait(isIdle ? this.parts.watch.idleMs : this.options.pollIntervalMs);
  }

  private succeeded(outcome: TurnOutcome): void {
    const isHalfOfFault =
      this.faultUpTo !== undefined && outcome.kind === 'folded' && outcome.position < this.faultUpTo;
    const leadsUp = this.parking !== undefined || isHalfOfFault;
    this.come(outcome.kind === 'paused' ? 'paused' : leadsUp ? 'led up' : 'folded');
    if (this.status !== 'stopped') this.failure = undefined;
    this.interruptions = { count: 0, at: undefined, since: 0 };
    if (outcome.kind === 'replaced') this.tell.replaced();
    this.parking = outcome.kind === 'folded' ? this.stillToPark(outcome.position) : undefined;
    if (outcome.kind !== 'folded') return;
    if (!isHalfOfFault) this.forgetFailures();
    this.position = outcome.position;
    const { size } = this.options;
    this.size = outcome.behind ? Math.min(this.size * 2, size * GROWTH) : size;
    this.tell.progress(outcome.position, outcome.parked);
  }

  private forgetFailures(): void {
    this.failures = { count: 0, at: undefined };
    this.faultUpTo = undefined;
  }

  /** Parking takes a turn that folds what comes before the event, if there is any, and one of that event alone. */
  private stillToPark(position: number): KeyToPark | undefined {
    if (this.parking === undefined || position < this.parking.event.position) return this.parking;
    const { key, event, error } = this.parking;
    this.logger.error(
      `Parked key ${key} at position ${event.position} (${event.type}); all other keys go on. ` +
        `Mend the cause, then retry it. ${error}`,
    );
    return undefined;
  }

  private async failed(error: Error): Promise<void> {
    this.failure = error;
    if (error instanceof TooManyParked) return this.standStill(error);
    if (isOfNewerBuild(error)) return this.standBy(error);
    if (isToBeWaitedFor(error) && !this.isPatienceOver(error)) {
      return this.tryAgain(error, ++this.interruptions.count);
    }
    const at = error instanceof FoldFailure ? error.event.position : undefined;
    const isAgain = at === this.failures.at || this.faultUpTo !== undefined;
    this.failures = { count: isAgain ? this.failures.count + 1 : 1, at };
    if (this.failures.count < this.options.attempts) return this.tryAgain(error, this.failures.count);
    if (error instanceof FoldFailure) this.park(error);
    else if (this.upTo - this.position > 1) this.faultUpTo = this.upTo;
    else await this.tryAgain(error, this.failures.count);
  }

  /** What a handler of one event meets is waited for within bounds: others' events wait behind it. */
  private isPatienceOver(error: Error): boolean {
    const at = error instanceof FoldFailure ? error.event.position : undefined;
    const { count, at: before } = this.interruptions;
    if (at === undefined || at !== before) this.interruptions = { count, at, since: performance.now() };
    return at !== undefined && performance.now() - this.interruptions.since > this.options.patienceMs;
  }

  private park({ event, key, message }: FoldFailure): void {
    this.parking = { event, key, error: message, attempts: this.failures.count };
    this.faultUpTo = undefined;
  }

  private async tryAgain(error: Error, attempt: number): Promise<void> {
    this.come('failed');
    if (this.status !== 'stopped') {
      this.logger.warn(`Failed after position ${this.position}, trying again: ${error.message}`);
    }
    await this.wakeUp.pause(backOffDelay(attempt, this.options.retryDelayMs), () => this.stopping);
  }

  /** The next event is for a newer build. This one looks again now and then: that one may be past it, and be gone. */
  private async standBy(error: Error): Promise<void> {
    this.come('too new');
    if (!this.hasStoodBy) this.logger.warn(`Left to a newer build: ${error.message}`);
    this.hasStoodBy = true;
    await this.wakeUp.pause(this.options.standByMs, () => this.stopping);
  }

  /**
   * Too much is set aside: somebody has to look. The next try comes by itself, so that `retry` and `skip` are enough.
   */
  private async standStill(error: TooManyParked): Promise<void> {
    if (this.status !== 'stopped') {
      this.logger.error(
        `Stopped after position ${this.position}. Nothing was left out: mend the cause, then retry or skip the parked ` +
          `keys. ${error.message}`,
      );
    }
    this.come('full');
    this.parking = undefined; // the next try is one of today's code
    await this.wakeUp.pause(Math.max(this.options.pollIntervalMs, 1_000), () => this.stopping);
  }
}
