import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient, type ProjectionOperations, type ProjectionStatus } from '../../event-sourcing/index.js';
import { Ending } from '../terminal/exit.js';
import { Output } from '../terminal/output.js';
import { RebuildProgress } from './rebuild-progress.js';

/** Pause between two looks at a rebuild, in ms. */
const LOOK_EVERY_MS = 250;

/** Watches a rebuild that other processes work at. */
@Injectable()
export class RebuildFollower {
  constructor(
    private readonly ending: Ending,
    private readonly output: Output,
  ) {}

  /** @returns how the projection is once its rebuild is held, or over */
  async follow(operations: ProjectionOperations, name: string): Promise<ProjectionStatus> {
    const { signal } = this.ending;
    const progress = new RebuildProgress(this.output);
    try {
      for (; ; await sleep(LOOK_EVERY_MS, undefined, { signal })) {
        const status = await this.look(operations, name);
        if (status === undefined) continue;
        if (status.rebuild === null || status.rebuild.state === 'held') return status;
        progress.show(status);
      }
    } catch (error) {
      progress.stop();
      if (signal.aborted) this.output.note(goesOn(name));
      throw error;
    } finally {
      progress.stop();
    }
  }

  /** Undefined while the database is away: the rebuild waits for it, too. */
  private async look(operations: ProjectionOperations, name: string): Promise<ProjectionStatus | undefined> {
    try {
      return await operations.get(name);
    } catch (error) {
      if (this.ending.signal.aborted || !isTransient(error)) throw error;
      return undefined;
    }
  }
}

const goesOn = (name: string) =>
  `No longer following; the rebuild goes on. See it: eventfold projections status --watch. ` +
  `End it: eventfold projections rebuild ${name} --cancel`;
