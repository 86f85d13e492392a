/** Positions of the first window of a scan: each of its events may have a megabyte. */
const FIRST_WINDOW = 1_000;
const LARGEST_WINDOW = 200_000;
/** A window that took less time than this, in ms, is followed by a larger one. */
const QUICK_MS = 50;
/** A window that took more time than this, in ms, is followed by a smaller one. */
const SLOW_MS = 250;

/**
 * The time that one request may spend on a scan of the log, and the size of the scan's next window. A window grows
 * while windows are quick, so a scan of small events takes few statements, and one of large events ends in time.
 */
export class ScanBudget {
  /** Positions of the next window. */
  window = FIRST_WINDOW;
  private readonly startedAt = performance.now();

  /** @param ms a scan may exceed the time by its last window */
  constructor(private readonly ms: number) {}

  get isSpent(): boolean {
    return performance.now() - this.startedAt >= this.ms;
  }

  /** Reads a window, and chooses the size of the next. */
  async spend<Result>(read: () => Promise<Result>): Promise<Result> {
    const startedAt = performance.now();
    const result = await read();
    const took = performance.now() - startedAt;
    if (took < QUICK_MS) this.window = Math.min(this.window * 4, LARGEST_WINDOW);
    else if (took > SLOW_MS) this.window = Math.max(Math.ceil(this.window / 4), 1);
    return result;
  }
}
