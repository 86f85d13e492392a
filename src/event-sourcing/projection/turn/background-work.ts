import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { ResolvedOptions } from '../../options.js';
import { PreparedQueries } from '../../postgres/prepared-queries.js';

/** Longest rest, in ms. */
const LONGEST_REST_MS = 200;
/** After this many ms without a command, there is no command to disturb. */
const SILENCE_MS = 500;

/**
 * Runs work that no caller waits for, so that waiting callers hardly notice it: one short piece at a time, and after
 * each a rest that is a multiple of its length. It takes no rest when no commands come, as in a process for projections
 * alone.
 *
 * The length of a piece is the processor time that the process took meanwhile, not the elapsed time: most of that is
 * waiting for the database, which costs commands nothing. Measured beside 200 commands/s on a log of a million events:
 * with elapsed time, a rebuild folded 290 and 180 events/s for two projections, hardly more than came in, and had no
 * end in sight.
 */
@Injectable()
export class BackgroundWork {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly options: ResolvedOptions,
    private readonly hotStatements: PreparedQueries,
  ) {}

  /**
   * Runs a piece after the earlier ones and their rests. A piece should keep the process busy for a few ms at most.
   *
   * @param speed the divisor of the rest: 1 for the usual rest, 2 for half of it
   */
  piece<Result>(work: () => Promise<Result>, speed: number): Promise<Result> {
    const result = this.last.then(async () => {
      const before = { at: performance.now(), cpu: process.cpuUsage() };
      const done = await work();
      const { user, system } = process.cpuUsage(before.cpu);
      // The times of all threads add up, so the processor time may exceed the elapsed time.
      return { done, ms: Math.min((user + system) / 1_000, performance.now() - before.at) };
    });
    this.last = result.then(
      ({ ms }) => this.rest(ms / speed),
      () => undefined,
    );
    return result.then(({ done }) => done);
  }

  private async rest(afterMs: number): Promise<void> {
    if (performance.now() - this.hotStatements.lastAt > SILENCE_MS) return;
    await sleep(Math.min(afterMs * this.options.turns.rebuildRest, LONGEST_REST_MS));
  }
}
