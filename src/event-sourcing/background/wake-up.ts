/** A doorbell for one sleeper. A ring without a sleeper is kept for the next sleep, so that none is missed. */
export class WakeUp {
  private rung = false;
  private wake: (() => void) | undefined;

  ring(): void {
    this.rung = true;
    this.wake?.();
  }

  /** Sleeps until the bell rings, at most `ms`. */
  async wait(ms: number): Promise<void> {
    if (!this.rung) await this.sleep(ms);
    this.rung = false;
  }

  /** Sleeps `ms` through all rings, but stops after a ring when `ended` is true. */
  async pause(ms: number, ended: () => boolean): Promise<void> {
    const until = performance.now() + ms;
    for (let left = ms; left > 0 && !ended(); left = until - performance.now()) await this.sleep(left);
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
