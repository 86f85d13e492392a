/** Work waited longer than its time limit. */
export class ConcurrencyLimitTimeout extends Error {}

/** Limits how much work runs at once. Later work waits, first come, first served. */
export class ConcurrencyLimit {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param limit called for each piece of work */
  constructor(private readonly limit: () => number) {}

  /**
   * @param withinMs how long the work may wait before it starts, in ms
   * @throws ConcurrencyLimitTimeout after that time
   */
  async run<Result>(work: () => Promise<Result>, withinMs?: number): Promise<Result> {
    if (this.running < this.limit()) this.running++;
    else await this.waitForPlace(withinMs);
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.running--;
      else next(); // takes the place of this work
    }
  }

  private waitForPlace(withinMs: number | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = () => {
        clearTimeout(timer);
        resolve();
      };
      const giveUp = () => {
        this.waiting.splice(this.waiting.indexOf(start), 1);
        reject(new ConcurrencyLimitTimeout(`Not let in within ${withinMs} ms.`));
      };
      const timer = withinMs === undefined ? undefined : setTimeout(giveUp, withinMs);
      this.waiting.push(start);
    });
  }
}
