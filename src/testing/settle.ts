import type { INestApplicationContext } from '@nestjs/common';
import {
  NotCaughtUpError,
  ProjectionOperations,
  ProjectionProgress,
  Projections,
  type ProjectionStatus,
} from '../event-sourcing/index.js';
import { partOf } from './parts.js';

export interface SettleOptions {
  /** The longest wait, in ms. Default: 5,000. */
  within?: number;
  /** The name of the event store. Default: `default`. */
  store?: string;
}

/** A projection or reaction does not reach the end of the log. The message has the reason. */
export class StandsStillError extends Error {
  constructor(
    readonly projection: string,
    why: string,
  ) {
    super(`"${projection}" ${why}`);
  }
}

/**
 * Resolves when every projection and reaction of the application has folded all events that are in the log at the call.
 * It does not wait for events that reactions append meanwhile: call it again.
 *
 * @throws StandsStillError that names the projection or reaction that stands still, and the reason: a parked key and
 * its error, a pause, no worker. It throws at once when waiting is useless, and else after `within`
 */
export async function settle(app: INestApplicationContext, options: SettleOptions = {}): Promise<void> {
  const { foldings } = partOf(app, Projections, options.store);
  await settled(
    app,
    foldings.map(({ name }) => name),
    options,
  );
}

/** Like `settled`, for some of them. */
export async function settled(
  app: INestApplicationContext,
  names: readonly string[],
  { within = 5_000, store }: SettleOptions = {},
): Promise<void> {
  const operations = partOf(app, ProjectionOperations, store);
  const progress = partOf(app, ProjectionProgress, store);
  const known = await operations.list();
  const waits = names.map(async (name) => {
    const before = known.find((status) => status.name === name);
    if (before === undefined) throw new StandsStillError(name, 'stands still: it was never started.');
    if (before.status === 'paused' && before.lagEvents > 0) standsStill(before);
    try {
      await progress.waitFor(name, before.logPosition, { withinMs: within });
    } catch (error) {
      if (!(error instanceof NotCaughtUpError)) throw error;
      standsStill(await operations.get(name), before.logPosition);
    }
    await hasParkedNone(operations, name);
  });
  await Promise.all(waits);
}

function standsStill({ name, position, status, reason }: ProjectionStatus, wanted?: number): never {
  const place = wanted === undefined ? '' : ` and has not come to ${wanted}`;
  const why = reason === null ? '' : `: ${reason}`;
  throw new StandsStillError(name, `stands still: it is at position ${position}${place}, ${status}${why}.`);
}

async function hasParkedNone(operations: ProjectionOperations, name: string): Promise<void> {
  const [parked] = await operations.parked(name, { limit: 1 });
  if (parked === undefined) return;
  const { key, position, type, error } = parked;
  throw new StandsStillError(
    name,
    `has set the key "${key}" aside, at position ${position} (${type}): ${error}`,
  );
}
