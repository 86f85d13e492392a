import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { ResolvedOptions } from '../../options.js';
import { PreparedQueries } from '../../postgres/prepared-queries.js';

/** A rest at most, in ms. */
const LONGEST_REST_MS = 200;
/** Where nobody has waited for so long, in ms, nobody is disturbed. */
const SILENCE_MS = 500;

/**
 * Work of this process that no caller waits for, so that callers who do wait hardly notice: one piece of it at a time,
 * short ones, and after each a rest of some times its length. Where no commands come, as in a process for projections
 * alone, it takes no rest.
 *
 * The length is the processor time that the process took meanwhile, not the time that has passed: of that, most goes by
 * in waiting for the database, which costs commands nothing. Measured beside 200 commands/s on a log of a million: by
 * the time that passed, a rebuild folded 290 and 180 events/s for two projections, hardly more than came in, and had no
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
   * Does a piece when those before are done and rested. A piece should keep the process for a few ms at most.
   *
   * @param haste so many times shorter is the rest than usual
   */
  piece<Result>(work: () => Promise<Result>, haste: number): Promise<Result> {
    const result = this.last.then(async () => {
      const before = { at: performance.now(), cpu: process.cpuUsage() };
      const done = await work();
      const { user, system } = process.cpuUsage(before.cpu);
      // Threads of the process add up: it may have taken more of the processors than time has passed.
      return { done, ms: Math.min((user + system) / 1_000, performance.now() - before.at) };
    });
    this.last = result.then(
      ({ ms }) => this.rest(ms / haste),
      () => undefined,
    );
    return result.then(({ done }) => done);
  }

  private async rest(afterMs: number): Promise<void> {
    if (performance.now() - this.hotStatements.lastAt > SILENCE_MS) return;
    await sleep(Math.min(afterMs * this.options.turns.rebuildRest, LONGEST_REST_MS));
  }
}
