import type { StoredEvent } from '../../event-sourcing/index.js';
import { WAITING_BYTES } from './live-body.js';
import { frameOf } from './live-frame.js';

/** The frame of an event is made once for all clients, which get the same event from `LiveFeed`. */
const frames = new WeakMap<StoredEvent, Buffer>();

function frameOfEvent(event: StoredEvent): Buffer {
  const frame =
    frames.get(event) ?? frameOf({ id: event.position, event: 'event', data: JSON.stringify(event) });
  frames.set(event, frame);
  return frame;
}

/**
 * The frames of the events, in pieces of several: a write to a connection costs as much for one as for ten. A piece
 * gets no further frame once it has what may wait for a slow client. This is no generator: that could not end while it
 * waits for an event.
 *
 * @param show makes events as the client may see them
 */
export function framesOfEvents(
  batches: AsyncIterator<StoredEvent[]>,
  show: (events: StoredEvent[]) => Promise<StoredEvent[]>,
): AsyncIterator<Buffer> {
  let [batch, sent]: [StoredEvent[], number] = [[], 0];
  const piece = () => {
    const parts: Buffer[] = [];
    for (let bytes = 0; bytes < WAITING_BYTES && sent < batch.length; sent++) {
      const frame = frameOfEvent(batch[sent]!);
      parts.push(frame);
      bytes += frame.length;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  };
  return {
    async next() {
      if (sent === batch.length) {
        const { done, value } = await batches.next();
        if (done === true) return { done, value: undefined };
        [batch, sent] = [await show(value), 0];
      }
      return { done: false, value: piece() };
    },
    async return() {
      await batches.return?.();
      return { done: true, value: undefined };
    },
  };
}
