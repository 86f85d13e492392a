import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { ResolvedOptions } from '../../options.js';
import { PreparedQueries } from '../../postgres/prepared-queries.js';

/** A rest at most, in ms. */
const LONGEST_REST_MS = 200;
/** Where nobody has waited for so long, in ms, nobody is disturbed. */
const SILENCE_MS = 500;

/**
 * Work of this process that nobody waits for, so that whoever does wait hardly notices: one piece of it at a time, short
 * ones, and after each a rest of some times its length. Where no commands come, as in a process for projections alone, it
 * takes no rest.
 */
@Injectable()
export class BackgroundWork {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly options: ResolvedOptions,
    private readonly hotStatements: PreparedQueries,
  ) {}

  /** Does a piece when those before are done and rested. A piece should keep the process for a few ms at most. */
  piece<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.last.then(async () => {
      const started = performance.now();
      const done = await work();
      return { done, ms: performance.now() - started };
    });
    this.last = result.then(
      ({ ms }) => this.rest(ms),
      () => undefined,
    );
    return result.then(({ done }) => done);
  }

  private async rest(afterMs: number): Promise<void> {
    if (performance.now() - this.hotStatements.lastAt > SILENCE_MS) return;
    await sleep(Math.min(afterMs * this.options.turns.rebuildRest, LONGEST_REST_MS));
  }
}
