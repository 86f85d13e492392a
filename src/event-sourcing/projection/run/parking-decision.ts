import { FoldFailure } from '../turn/fold-failure.js';
import type { FailedAttempt, KeyToPark } from '../turn/parking.sql.js';
import type { TurnLimits } from '../turn/turn.js';

/** The position where a turn begins, and the position it was to reach. */
export interface TurnRange {
  position: number;
  upTo: number;
}

/**
 * Finds the event that a projection cannot fold, so that only its key is parked.
 *
 * A failed turn is tried again up to `attempts` times. After that, the handler's own failure names the event. Any other
 * failure is narrowed down: the turns get half as long each time, until one event is left. The key of the event is
 * parked by two turns: one folds the events before it, and one has that event alone.
 */
export class FaultSearch {
  /** The number of failures in a row, and the position of their event, if known. */
  private failures: { count: number; at?: number | undefined } = { count: 0 };
  /** The faulty event is after the runner's position, and at or before this one. */
  private faultUpTo: number | undefined;
  private parking: Omit<KeyToPark, 'failures'> | undefined;
  /** The failed attempts at the event of `failures`, and when they failed, on the clock of `performance.now()`. */
  private attemptsAt: (Pick<FailedAttempt, 'ms' | 'error'> & { at: number })[] = [];

  constructor(private readonly attempts: number) {}

  /** The limits of the next turn, which begins after `position` and would cover `size` positions. */
  limits(position: number, size: number): Pick<TurnLimits, 'size' | 'before' | 'park'> {
    const limited = { size: this.faultUpTo === undefined ? size : half(this.faultUpTo - position) };
    if (this.parking === undefined) return limited;
    const { position: at } = this.parking.event;
    return position === at - 1
      ? { ...limited, before: at + 1, park: { ...this.parking, failures: this.failuresOfEvent() } }
      : { ...limited, before: at };
  }

  private failuresOfEvent(): KeyToPark['failures'] {
    return this.attemptsAt.map(({ at, ms, error }) => ({ agoMs: performance.now() - at, ms, error }));
  }

  /**
   * Handles a failed turn.
   *
   * @param ms how long the turn took
   * @returns the number of failures in a row when the same turn is to be tried again; undefined when the search
   * continues with another turn
   */
  failed(error: Error, { position, upTo }: TurnRange, ms = 0): number | undefined {
    const at = error instanceof FoldFailure ? error.event.position : undefined;
    const isAgain = at === this.failures.at || this.faultUpTo !== undefined;
    const count = isAgain ? this.failures.count + 1 : 1;
    this.failures = { count, at };
    if (count === 1) this.attemptsAt = [];
    if (at !== undefined)
      this.attemptsAt.push({ at: performance.now(), ms: Math.round(ms), error: error.message });
    if (count < this.attempts) return count;
    if (error instanceof FoldFailure) this.park(error, count);
    else if (upTo - position > 1) this.faultUpTo = upTo;
    else return count;
    return undefined;
  }

  /**
   * Handles a turn that has folded up to `position`.
   *
   * @returns whether the turn only led up to the faulty event, and the key that it has parked
   */
  folded(position: number): { leadsUp: boolean; parked: Omit<KeyToPark, 'failures'> | undefined } {
    const isHalf = this.faultUpTo !== undefined && position < this.faultUpTo;
    const leadsUp = isHalf || this.parking !== undefined;
    const isParked = this.parking !== undefined && position >= this.parking.event.position;
    const parked = isParked ? this.parking : undefined;
    if (isParked) this.parking = undefined;
    if (!isHalf) this.forget();
    return { leadsUp, parked };
  }

  /**
   * Forgets the key to park, after another instance had the turn, or when no turn is possible. The event is searched
   * again with the code of then.
   */
  dropParking(): void {
    this.parking = undefined;
  }

  private park({ event, key, message }: FoldFailure, attempts: number): void {
    this.parking = { event, key, error: message, attempts };
    this.faultUpTo = undefined;
  }

  private forget(): void {
    this.failures = { count: 0 };
    this.faultUpTo = undefined;
  }
}

const half = (positions: number) => Math.max(1, Math.ceil(positions / 2));
