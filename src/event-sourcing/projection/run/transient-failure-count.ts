import { FoldFailure } from '../turn/fold-failure.js';

/**
 * Counts transient failures in a row: an absent database, a lock, a full disk. They are retried as long as they last. A
 * transient failure of a handler at one event is retried for a limited time, since events of others wait behind it.
 */
export class TransientFailureCount {
  private count = 0;
  private at: number | undefined;
  /** Time of the handler's first failure at that event, in ms. */
  private since = 0;

  /** @param patienceMs how long a handler's failure at one event is retried, in ms */
  constructor(private readonly patienceMs: number) {}

  /** @returns the number of failures in a row; undefined when the time of a handler is over */
  next(error: Error): number | undefined {
    const at = error instanceof FoldFailure ? error.event.position : undefined;
    if (at === undefined || at !== this.at) this.since = performance.now();
    this.at = at;
    if (at !== undefined && performance.now() - this.since > this.patienceMs) return undefined;
    return ++this.count;
  }

  reset(): void {
    this.count = 0;
    this.at = undefined;
  }
}
