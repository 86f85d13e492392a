import { setTimeout as sleep } from 'node:timers/promises';
import type { Statements } from '../../postgres/database.js';
import type { PreparedQueries } from '../../postgres/prepared-queries.js';

/** Pause between two notifications, in ms: the most that a busy log adds to the delay of other processes. */
const PAUSE_MS = 10;

/**
 * Tells other processes that the log has grown. The first append is reported at once; those that follow soon are
 * reported together. It is a hint, so failures are ignored: a process that misses it polls.
 *
 * It is not part of the append. A transaction that notifies holds a lock of the whole server while it commits, and so
 * waits for the disk behind every other such transaction. A notification by itself writes nothing and waits for
 * nothing.
 */
export class LogNotifier {
  private pending = false;
  private running: Promise<void> | undefined;

  constructor(private readonly send: () => Promise<unknown>) {}

  notify(): void {
    this.pending = true;
    this.running ??= this.run().finally(() => (this.running = undefined));
  }

  /** Resolves when no notification is left to send. */
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

/** The payload of a notification about an act on a projection. */
export const ACT = 'act';

/**
 * Tells other processes to look at once. It is a hint as well: without it, their `LogWatch` finds the act a little
 * later.
 */
export const notifyOfAct = (statements: Statements, channel: string): Promise<unknown> =>
  statements.query('select pg_notify($1, $2)', [channel, ACT]).catch(() => undefined);

export const notifyOfGrowth = (queries: PreparedQueries, channel: string) =>
  queries.query('select pg_notify($1, $2)', [channel, '']);
