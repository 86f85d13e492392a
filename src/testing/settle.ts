import type { INestApplicationContext } from '@nestjs/common';
import {
  NotCaughtUpError,
  type ParkedKey,
  ProjectionOperations,
  ProjectionProgress,
  Projections,
  type ProjectionStatus,
} from '../event-sourcing/index.js';
import { partToken } from '../event-sourcing/for-testing.js';

export interface SettleOptions {
  /** How long it waits at most, in ms. Default: 5,000. */
  within?: number;
  /** The name of the event store. Default: `default`. */
  store?: string;
}

/**
 * Resolves when every projection and reaction of the application has folded all that is in the log at the call. What
 * reactions append meanwhile is not waited for: call it again.
 *
 * @throws Error that names the one that stands still, and why: a parked key and what its handler threw, a pause, no
 * worker; at once where waiting is of no use, else after `within`
 */
export async function settle(
  app: INestApplicationContext,
  { within = 5_000, store = 'default' }: SettleOptions = {},
): Promise<void> {
  const part = <Part>(type: abstract new (...parts: any[]) => Part) =>
    app.get<Part>(partToken(store, type), { strict: false });
  const operations = part(ProjectionOperations);
  const progress = part(ProjectionProgress);
  const names = new Set(part(Projections).foldings.map(({ name }) => name));
  const known = await operations.list();
  for (const name of names) {
    if (!known.some((status) => status.name === name))
      throw new Error(`"${name}" stands still: it was never started.`);
  }
  const waits = known
    .filter(({ name }) => names.has(name))
    .map(async (before) => {
      if (before.status === 'paused' && before.lagEvents > 0) standsStill(before);
      try {
        await progress.waitFor(before.name, before.logPosition, within);
      } catch (error) {
        if (!(error instanceof NotCaughtUpError)) throw error;
        standsStill(await operations.get(before.name), before.logPosition);
      }
      const [parked] = await operations.parked(before.name, { limit: 1 });
      if (parked !== undefined) hasParked(before.name, parked);
    });
  await Promise.all(waits);
}

function standsStill({ name, position, status, reason }: ProjectionStatus, wanted?: number): never {
  const place = wanted === undefined ? '' : ` and has not come to ${wanted}`;
  throw new Error(
    `"${name}" stands still: it is at position ${position}${place}, ${status}${reason ? `: ${reason}` : ''}.`,
  );
}

function hasParked(name: string, { key, position, type, error }: ParkedKey): never {
  throw new Error(`"${name}" has set the key "${key}" aside, at position ${position} (${type}): ${error}`);
}
