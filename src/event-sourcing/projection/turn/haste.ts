import type { Checkpoint } from './checkpoint.sql.js';

/** A rebuild is to fold so many times as many positions as the log grows by: else it would never come to its end. */
const GAIN = 2;
/** This near to the end of the log, in positions, there is no more to gain. */
const NEAR = 4_000;
const MOST = 64;

/**
 * How many times less than usual the rebuild of a share rests between its pieces. It doubles with each turn that has
 * gained too little on the log, as under many commands or on a slow machine, and goes back by halves.
 */
export class Haste {
  factor = 1;
  private last: Pick<Checkpoint, 'position' | 'head'> | undefined;

  /** At the begin of each turn. */
  meet({ position, head }: Pick<Checkpoint, 'position' | 'head'>): void {
    const { last } = this;
    this.last = { position, head };
    if (last === undefined) return;
    const isGaining = position - last.position >= GAIN * (head - last.head);
    const isFine = isGaining || head - position < NEAR;
    this.factor = isFine ? Math.max(1, this.factor / 2) : Math.min(MOST, this.factor * 2);
  }
}
