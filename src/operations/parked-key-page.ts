import type { ParkedKeysPage, ProjectionOperations, StoredEvent } from '../event-sourcing/index.js';
import type { ParkedKeyPage } from './parked-key-bodies.js';

/**
 * A page of parked keys, each with the event at which it is parked.
 *
 * @param read reads the events at positions, as the caller may see them
 */
export async function parkedKeyPage(
  operations: ProjectionOperations,
  read: (positions: number[]) => Promise<StoredEvent[]>,
  name: string,
  { limit, ...page }: ParkedKeysPage & { limit: number },
): Promise<ParkedKeyPage> {
  const found = await operations.parked(name, { ...page, limit: limit + 1 });
  const keys = found.slice(0, limit);
  const events = await read(keys.map(({ position }) => position));
  const byPosition = new Map(events.map((event) => [event.position, event]));
  const items = keys.map((parked) => {
    const { key, position, error, attempts, failures, state, retryAt, retryUntil, parkedAt, waiting } =
      parked;
    const event = byPosition.get(position)!;
    return { key, position, event, error, attempts, failures, state, retryAt, retryUntil, parkedAt, waiting };
  });
  return { items, nextCursor: found.length > limit ? keys.at(-1)!.key : null };
}
