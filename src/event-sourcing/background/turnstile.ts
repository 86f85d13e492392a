/** Work waited longer than its time limit. */
export class TurnstileTimeout extends Error {}

/** Limits how much work runs at once. Later work waits, first come, first served. */
export class Turnstile {
  private inside = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param limit called for each piece of work */
  constructor(private readonly limit: () => number) {}

  /**
   * @param withinMs how long the work may wait before it starts, in ms
   * @throws TurnstileTimeout after that time
   */
  async pass<Result>(work: () => Promise<Result>, withinMs?: number): Promise<Result> {
    if (this.inside < this.limit()) this.inside++;
    else await this.letIn(withinMs);
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.inside--;
      else next(); // in the place of this one
    }
  }

  private letIn(withinMs: number | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer);
        resolve();
      };
      const giveUp = () => {
        this.waiting.splice(this.waiting.indexOf(enter), 1);
        reject(new TurnstileTimeout(`Not let in within ${withinMs} ms.`));
      };
      const timer = withinMs === undefined ? undefined : setTimeout(giveUp, withinMs);
      this.waiting.push(enter);
    });
  }
}
