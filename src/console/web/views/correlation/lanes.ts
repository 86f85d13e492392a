import type { StoredEvent } from '../../api/types.js';

/** An event in its place, and the place of its cause, if that is among them. */
export interface Placed {
  event: StoredEvent;
  row: number;
  lane: number;
  cause: { row: number; lane: number } | undefined;
}

export interface Lanes {
  /** The streams, in the order of their first events. */
  streams: readonly string[];
  placed: readonly Placed[];
}

/** Beyond so many streams, a drawing says nothing: the others share the last lane. */
export const MOST_LANES = 12;

/** A lane for each stream, and a line for each event, in the order of the log. */
export function lanesOf(events: readonly StoredEvent[]): Lanes {
  const streams = [...new Set(events.map(({ streamId }) => streamId))];
  const laneOf = new Map(streams.map((stream, index) => [stream, Math.min(index, MOST_LANES - 1)]));
  const places = new Map<unknown, { row: number; lane: number }>();
  const placed = events.map((event, row) => {
    const lane = laneOf.get(event.streamId)!;
    const cause = places.get(event.metadata['causationId']);
    places.set(event.eventId, { row, lane });
    return { event, row, lane, cause };
  });
  return { streams, placed };
}
