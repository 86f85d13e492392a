/** The most marks that are kept: one a second, for an hour. */
const MOST_MARKS = 3_600;

/** How far a replica is behind the primary. */
export interface Lag {
  /** In ms. When the lag began before the first known mark, the lag since then. */
  ms: number;
  isKnown: boolean;
}

/**
 * The marks of the primary (see `selectMark`), each with the time at which this process first saw it. The lag of a
 * replica is the age of the first mark that it has not reached. So no clock of a server counts, and an idle primary
 * makes no lag. A replica that no longer receives anything is noticed.
 */
export class PrimaryMarks {
  private marks: { mark: number; at: number }[] = [];

  /** @param at the time, in ms, on a clock that never goes back */
  add(mark: number, at: number): void {
    const last = this.marks.at(-1);
    if (last?.mark === mark) return;
    // After a failover that has lost events, marks of the old server say nothing.
    if (last !== undefined && last.mark > mark) this.marks = [];
    this.marks.push({ mark, at });
    if (this.marks.length > MOST_MARKS) this.marks.shift();
  }

  /** The lag of a server with this mark; undefined while no mark of the primary is known. */
  lagOf(mark: number, now: number): Lag | undefined {
    if (this.marks.length === 0) return undefined;
    const missing = this.marks.findIndex((each) => each.mark > mark);
    if (missing < 0) return { ms: 0, isKnown: true };
    return { ms: now - this.marks[missing]!.at, isKnown: missing > 0 };
  }
}
