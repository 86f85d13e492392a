import { describe, expect, it } from '@jest/globals';
import { FoldFailure } from '../turn/fold-failure.js';
import { FaultSearch } from './parking-decision.js';

const ATTEMPTS = 3;
const SIZE = 100;

const failureAt = (position: number, key = 'ada') =>
  new FoldFailure(
    { position, eventId: `e-${position}`, streamId: 'user-ada', version: 1, type: 'noted' },
    key,
    new Error('no'),
  );

/** Simulates a runner's turns over a log with one event that cannot be folded. */
function turnsOver(head: number, poison: number, errorOf: () => Error) {
  const search = new FaultSearch(ATTEMPTS);
  let position = 0;
  let failures = 0;
  let parked: { key: string; position: number; attempts: number } | undefined;
  while (position < head) {
    const { size, before = Infinity, park } = search.limits(position, SIZE);
    const upTo = Math.min(position + size, head, before - 1);
    if (poison > position && poison <= upTo && park === undefined) {
      search.failed(errorOf(), { position, upTo });
      failures++;
    } else {
      position = upTo;
      const found = search.folded(position).parked;
      if (found !== undefined)
        parked = { key: found.key, position: found.event.position, attempts: found.attempts };
    }
  }
  return { failures, parked };
}

describe('the search for the event that cannot be folded', () => {
  it('ends at the event that a handler names, after the allowed tries', () => {
    expect(turnsOver(300, 142, () => failureAt(142))).toEqual({
      failures: ATTEMPTS,
      parked: { key: 'ada', position: 142, attempts: ATTEMPTS },
    });
  });

  it.each([1, 2, 50, 99, 100, 101, 299, 300])(
    'narrows a failure that names no event down to one turn of one event: %i of 300',
    (poison) => {
      const search = new FaultSearch(ATTEMPTS);
      let position = 0;
      let turns = 0;
      let last = { position: 0, upTo: 0 };
      while (turns++ < 100) {
        const upTo = Math.min(position + search.limits(position, SIZE).size, 300);
        if (poison <= upTo && poison > position) {
          search.failed(new Error('somewhere'), (last = { position, upTo }));
          if (upTo - position === 1) break;
        } else search.folded((position = upTo));
        if (position >= 300) position = 0;
      }
      expect(last).toEqual({ position: poison - 1, upTo: poison });
      expect(turns).toBeLessThan(30);
    },
  );

  it('counts the failures in a row while the same turn is tried again', () => {
    const search = new FaultSearch(ATTEMPTS);
    const range = { position: 0, upTo: 10 };
    expect([1, 2, 3].map(() => search.failed(failureAt(5), range))).toEqual([1, 2, undefined]);
  });

  it('restarts the count when another event fails, and after a folded turn', () => {
    const search = new FaultSearch(ATTEMPTS);
    const range = { position: 0, upTo: 10 };
    expect(search.failed(failureAt(5), range)).toBe(1);
    expect(search.failed(failureAt(6), range)).toBe(1);
    expect(search.failed(failureAt(6), range)).toBe(2);
    search.folded(10);
    expect(search.failed(failureAt(6), range)).toBe(1);
  });

  it('keeps trying when one event is left and no key is known', () => {
    const search = new FaultSearch(ATTEMPTS);
    const one = { position: 4, upTo: 5 };
    expect([1, 2, 3, 4].map(() => search.failed(new Error('somewhere'), one))).toEqual([1, 2, 3, 4]);
  });

  it('folds the events before the fault in one turn, and parks its key in a turn of that event alone', () => {
    const search = new FaultSearch(1);
    search.failed(failureAt(5), { position: 0, upTo: 10 });
    expect(search.limits(0, SIZE)).toEqual({ size: SIZE, before: 5 });
    expect(search.folded(4)).toEqual({ leadsUp: true, parked: undefined });
    expect(search.limits(4, SIZE)).toMatchObject({ before: 6, park: { key: 'ada', error: 'no' } });
    expect(search.folded(5).parked).toMatchObject({ key: 'ada', attempts: 1 });
    expect(search.limits(5, SIZE)).toEqual({ size: SIZE });
  });

  it('parks nothing after another instance had the turn', () => {
    const search = new FaultSearch(1);
    search.failed(failureAt(5), { position: 0, upTo: 10 });
    search.dropParking();
    expect(search.limits(4, SIZE)).toEqual({ size: SIZE });
  });
});
