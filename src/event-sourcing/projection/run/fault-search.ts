import { FoldFailure } from '../turn/fold-failure.js';
import type { KeyToPark } from '../turn/parking.sql.js';
import type { TurnLimits } from '../turn/turn.js';

/** Where a turn begins, and how far it was to go. */
export interface TurnRange {
  position: number;
  upTo: number;
}

/**
 * Looks for the event that a projection cannot fold, so that its key alone is set aside.
 *
 * A turn that fails is tried again so many times as `attempts` says. Then a handler's own failure names the event. Any
 * other failure is narrowed down: the turns get half as long each time, until one event is left. The key of the event
 * is parked by two turns: one that folds what comes before it, and one of that event alone.
 */
export class FaultSearch {
  /** Failures in a row, and the event they are about, if that is known. */
  private failures: { count: number; at?: number | undefined } = { count: 0 };
  /** The event is after the runner's position, and at or before this one. */
  private faultUpTo: number | undefined;
  private parking: KeyToPark | undefined;

  constructor(private readonly attempts: number) {}

  /** What the search asks of the next turn, which begins after `position` and would be `size` positions long. */
  limits(position: number, size: number): Pick<TurnLimits, 'size' | 'before' | 'park'> {
    const limited = { size: this.faultUpTo === undefined ? size : half(this.faultUpTo - position) };
    if (this.parking === undefined) return limited;
    const { position: at } = this.parking.event;
    return position === at - 1
      ? { ...limited, before: at + 1, park: this.parking }
      : { ...limited, before: at };
  }

  /**
   * A turn has failed.
   *
   * @returns how many failures there are in a row, if the same turn is to be tried again; undefined where the search
   * goes on by another turn
   */
  failed(error: Error, { position, upTo }: TurnRange): number | undefined {
    const at = error instanceof FoldFailure ? error.event.position : undefined;
    const isAgain = at === this.failures.at || this.faultUpTo !== undefined;
    const count = isAgain ? this.failures.count + 1 : 1;
    this.failures = { count, at };
    if (count < this.attempts) return count;
    if (error instanceof FoldFailure) this.park(error, count);
    else if (upTo - position > 1) this.faultUpTo = upTo;
    else return count;
    return undefined;
  }

  /**
   * A turn has folded up to `position`.
   *
   * @returns whether it only led up to the event, and the key that it has parked
   */
  folded(position: number): { leadsUp: boolean; parked: KeyToPark | undefined } {
    const isHalf = this.faultUpTo !== undefined && position < this.faultUpTo;
    const leadsUp = isHalf || this.parking !== undefined;
    const isParked = this.parking !== undefined && position >= this.parking.event.position;
    const parked = isParked ? this.parking : undefined;
    if (isParked) this.parking = undefined;
    if (!isHalf) this.forget();
    return { leadsUp, parked };
  }

  /** Another instance had the turn, or no turn may be: the event is looked for anew, by the code of then. */
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
