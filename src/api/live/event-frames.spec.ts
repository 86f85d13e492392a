import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '../../event-sourcing/index.js';
import { framesOfEvents } from './event-frames.js';

const event = (position: number, title = '') => ({ position, data: { title } }) as unknown as StoredEvent;

/** Batches that come at once, and then none until the iterator is ended. */
function batches(...given: StoredEvent[][]) {
  let end: (result: IteratorResult<StoredEvent[]>) => void = () => undefined;
  return {
    next(): Promise<IteratorResult<StoredEvent[]>> {
      const value = given.shift();
      return value === undefined
        ? new Promise((resolve) => (end = resolve))
        : Promise.resolve({ done: false, value });
    },
    async return(): Promise<IteratorResult<StoredEvent[]>> {
      end({ done: true, value: undefined });
      return { done: true, value: undefined };
    },
  };
}

const asStored = async (events: StoredEvent[]) => events;
const idsIn = (piece: Buffer) => [...piece.toString().matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));

describe('the frames of events', () => {
  it('leave together when their events come together', async () => {
    const frames = framesOfEvents(batches([event(1), event(2)], [event(3)]), asStored);
    expect(idsIn((await frames.next()).value)).toEqual([1, 2]);
    expect(idsIn((await frames.next()).value)).toEqual([3]);
  });

  it('are cut into pieces between events, of no more than is kept for a slow client and one event', async () => {
    const large = Array.from({ length: 10 }, (_, index) => event(index, 'x'.repeat(5_000)));
    const frames = framesOfEvents(batches(large), asStored);
    const pieces: number[][] = [];
    while (pieces.flat().length < large.length) pieces.push(idsIn((await frames.next()).value));
    expect(pieces).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
  });

  it('show events as the client may see them', async () => {
    const frames = framesOfEvents(batches([event(1, 'secret')]), async () => [event(1, '•')]);
    expect(String((await frames.next()).value)).toContain('"title":"•"');
  });

  it('end while they wait for an event', async () => {
    const frames = framesOfEvents(batches(), asStored);
    const waiting = frames.next();
    await frames.return!();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });
});
