import { setTimeout as sleep } from 'node:timers/promises';
import type { Statements } from '../../postgres/database.js';
import type { PreparedQueries } from '../../postgres/prepared-queries.js';

/** Pause after a notification before the next, in ms: what a busy log adds at most to the delay of other processes. */
const PAUSE_MS = 10;

/**
 * Tells other processes that the log has grown: the first append at once, those that follow soon after together. It is
 * a hint, so a failure is nobody's concern: who misses it polls.
 *
 * Not part of the append: a transaction that notifies holds a lock of the whole server while it commits, and so waits
 * for the disk behind every other that does; a notification of its own writes nothing and waits for nothing.
 */
export class LogNotifier {
  private pending = false;
  private running: Promise<void> | undefined;

  constructor(private readonly send: () => Promise<unknown>) {}

  notify(): void {
    this.pending = true;
    this.running ??= this.run().finally(() => (this.running = undefined));
  }

  /** Resolves when nothing is left to tell. */
  async drained(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.pending) {
      this.pending = false;
      await this.send().catch(() => undefined);
      await sleep(PAUSE_MS);
    }
  }
}

/** What a notification says besides: somebody has acted on a projection. */
export const ACT = 'act';

/** Tells other processes to look at once. It is a hint, as the others are: their watch finds the act a little later. */
export const notifyOfAct = (statements: Statements, channel: string): Promise<unknown> =>
  statements.query('select pg_notify($1, $2)', [channel, ACT]).catch(() => undefined);

export const notifyOfGrowth = (queries: PreparedQueries, channel: string) =>
  queries.query('select pg_notify($1, $2)', [channel, '']);
