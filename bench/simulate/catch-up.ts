import { setTimeout as sleep } from 'node:timers/promises';
import { SimulationFailure } from './failure.js';
import { runPhase } from './progress.js';
import type { ServiceClient } from './service-client.js';
import { count } from './load-counts.js';

/** A large backlog may take its time. A minute without progress is a fault. */
const NO_PROGRESS_MS = 60_000;
const PAUSE_MS = 200;

/**
 * Waits until both read models have folded all sent events. It asks with `Read-After`, as any reader of its own writes
 * does. The service itself waits before it answers "not yet" and how much is left.
 *
 * @param userId of a registered user, whose profile is queried
 * @throws SimulationFailure after a minute without progress
 */
export async function catchUp(client: ServiceClient, userId: string, stop: AbortSignal): Promise<void> {
  const models = ['/contents/popularity?limit=1', `/users/${userId}/profile`];
  const target = client.lastPosition;
  await runPhase('Read models', target, async (phase) => {
    let least = target;
    let movedAt = performance.now();
    for (let lag = Infinity; lag > 0;) {
      lag = Math.max(...(await Promise.all(models.map((path) => client.lagOf(path)))));
      if (lag < least) {
        phase.advance(least - lag);
        least = lag;
        movedAt = performance.now();
      }
      if (performance.now() - movedAt > NO_PROGRESS_MS) throw stalled(target, least);
      if (lag > 0) await sleep(PAUSE_MS, undefined, { signal: stop });
    }
    return `everything folded, up to position ${count(target)},`;
  });
}

function stalled(target: number, lag: number): SimulationFailure {
  return new SimulationFailure(
    `The read models stopped ${count(lag)} events before position ${count(target)} and have not moved for a minute. ` +
      'Everything was sent; GET /projections shows what holds them.',
  );
}
