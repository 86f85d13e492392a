import type { StoredEvent } from '../../event-sourcing/index.js';
import { frameOf } from './live-frame.js';

/** The frame of an event is made once for all clients, which get the same event from `LiveFeed`. */
const frames = new WeakMap<StoredEvent, Buffer>();

function frameOfEvent(event: StoredEvent): Buffer {
  const frame =
    frames.get(event) ?? frameOf({ id: event.position, event: 'event', data: JSON.stringify(event) });
  frames.set(event, frame);
  return frame;
}

export const framesOfEvents = (events: AsyncIterator<StoredEvent>): AsyncIterator<Buffer> => ({
  async next() {
    const { done, value } = await events.next();
    return done === true ? { done, value: undefined } : { done: false, value: frameOfEvent(value) };
  },
  async return() {
    await events.return?.();
    return { done: true, value: undefined };
  },
});
