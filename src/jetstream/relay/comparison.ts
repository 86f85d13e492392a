import type { Place, RelayLog } from './relay-log.js';
import type { RelayStream } from './relay-stream.js';

/** What a comparison of the stream with the log has found. */
export interface Comparison {
  /** The last event of the stream. */
  place: Place;
  /** The first position at which the stream has another event than the log. Undefined: they agree. */
  divergedAt: number | undefined;
}

/**
 * Compares the last event of the stream with the log's event at that position. Both only grow, and the stream takes
 * each event only behind the one before it. So when the last events are the same, all earlier ones are.
 *
 * @throws Error as `requireBegun`, and as `RelayStream.range`
 */
export async function compare(stream: RelayStream, log: RelayLog): Promise<Comparison> {
  const { first, last } = await stream.range(); // before the log, which may grow meanwhile
  if (last === stream.offset) {
    await requireBegun(log, last);
    return { place: { position: last, eventId: undefined }, divergedAt: undefined };
  }
  const isSame = async (position: number): Promise<boolean> => {
    const [theirs, ours] = await Promise.all([stream.eventIdAt(position), log.eventIdAt(position)]);
    // Retention may have removed the message. Then only the log can lack the event.
    return ours !== undefined && (theirs === undefined || theirs === ours);
  };
  const isKept = first <= last;
  const divergedAt = (await isSame(last))
    ? undefined
    : await firstDifference(isKept ? first : stream.offset + 1, last, isSame);
  return { place: { position: last, eventId: await log.eventIdAt(last) }, divergedAt };
}

/**
 * An empty stream goes on behind an event that the log has.
 *
 * @throws Error when the log ends before that event, with both positions
 */
export async function requireBegun(log: RelayLog, offset: number): Promise<void> {
  if (offset === 0 || (await log.eventIdAt(offset)) !== undefined) return;
  const end = await log.head();
  throw new Error(
    `The stream is to begin at position ${offset + 1} (firstPosition), and the log ends at ${end}.`,
  );
}

/**
 * Looks at the next event, so that a relay that cannot publish it never calls itself running.
 *
 * @throws Error as `RelayStream.messageOf`
 */
export async function requireNextFits(
  stream: RelayStream,
  log: RelayLog,
  { place, divergedAt }: Comparison,
): Promise<void> {
  if (divergedAt !== undefined) return;
  const [next] = (await log.after(place, { maxCount: 1, maxBytes: 1 }))?.events ?? [];
  if (next !== undefined) stream.messageOf(next);
}

/**
 * Bisection: below the first difference all positions are the same, from it on none is.
 *
 * @param to a position that differs
 */
async function firstDifference(
  from: number,
  to: number,
  isSame: (position: number) => Promise<boolean>,
): Promise<number> {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await isSame(middle)) low = middle + 1;
    else high = middle;
  }
  return high;
}
