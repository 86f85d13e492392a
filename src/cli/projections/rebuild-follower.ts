import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient, type ProjectionOperations, type ProjectionStatus } from '../../event-sourcing/index.js';
import type { Terminal } from '../terminal/terminal.js';
import { RebuildProgress } from './rebuild-progress.js';

/** Pause between two looks at a rebuild, in ms. */
const LOOK_EVERY_MS = 250;

/**
 * Watches a rebuild that other processes work at.
 *
 * @returns the status of the projection once its rebuild is held or over
 */
export async function followRebuild(
  terminal: Terminal,
  operations: ProjectionOperations,
  name: string,
): Promise<ProjectionStatus> {
  const { signal } = terminal;
  const progress = new RebuildProgress(terminal);
  try {
    for (; ; await sleep(LOOK_EVERY_MS, undefined, { signal })) {
      const status = await look(operations, name, signal);
      if (status === undefined) continue;
      if (status.rebuild === null || status.rebuild.state === 'held') return status;
      progress.show(status);
    }
  } catch (error) {
    progress.stop();
    if (signal.aborted) terminal.note(goesOn(name));
    throw error;
  } finally {
    progress.stop();
  }
}

/** Undefined while the database is away: the rebuild waits for it, too. */
async function look(
  operations: ProjectionOperations,
  name: string,
  signal: AbortSignal,
): Promise<ProjectionStatus | undefined> {
  try {
    return await operations.get(name);
  } catch (error) {
    if (signal.aborted || !isTransient(error)) throw error;
    return undefined;
  }
}

const goesOn = (name: string) =>
  `No longer following; the rebuild goes on. See it: eventfold projections status --watch. ` +
  `End it: eventfold projections rebuild ${name} --cancel`;
