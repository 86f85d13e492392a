import { FoldFailure } from '../turn/fold-failure.js';

/**
 * Failures of the moment in a row: the database is away, a lock, a full disk. They are waited for as long as they last.
 * What the handler of one event meets is waited for within bounds, since others' events wait behind it.
 */
export class Interruptions {
  private count = 0;
  private at: number | undefined;
  /** Since when a handler has met them at that event, in ms. */
  private since = 0;

  /** @param patienceMs for a handler at one event */
  constructor(private readonly patienceMs: number) {}

  /** @returns how many there are in a row; undefined when the patience with a handler is over */
  next(error: Error): number | undefined {
    const at = error instanceof FoldFailure ? error.event.position : undefined;
    if (at === undefined || at !== this.at) this.since = performance.now();
    this.at = at;
    if (at !== undefined && performance.now() - this.since > this.patienceMs) return undefined;
    return ++this.count;
  }

  over(): void {
    this.count = 0;
    this.at = undefined;
  }
}
