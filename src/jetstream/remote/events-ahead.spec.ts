import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '../../event-sourcing/index.js';
import { EventsAhead } from './events-ahead.js';

const at = (position: number) => ({ position }) as StoredEvent;

describe('the events that a reader has ahead', () => {
  it('count their bytes as long as they are held, and no longer', () => {
    const ahead = new EventsAhead();
    for (const position of [1, 2, 4]) ahead.add(at(position), 100 * position);
    expect(ahead.bytes).toBe(700);
    ahead.forgetUpTo(3);
    expect([ahead.length, ahead.bytes]).toEqual([1, 400]);
    ahead.add(at(5), 50);
    ahead.forgetUpTo(3);
    expect([ahead.length, ahead.bytes]).toEqual([2, 450]);
    ahead.forgetUpTo(9);
    expect([ahead.length, ahead.bytes]).toEqual([0, 0]);
  });

  it('are given up to a position and a number, and kept', () => {
    const ahead = new EventsAhead();
    for (const position of [1, 2, 4]) ahead.add(at(position), 1);
    const part = (upTo: number, maxCount: number, hasAll = true) => ahead.part({ upTo, maxCount, hasAll });
    expect(part(3, 100)).toEqual({ events: [at(1), at(2)], upTo: 3 });
    expect(part(9, 2)).toEqual({ events: [at(1), at(2)], upTo: 2 });
    expect(part(9, 100)).toEqual({ events: [at(1), at(2), at(4)], upTo: 9 });
    expect(part(9, 100, false)).toEqual({ events: [at(1), at(2), at(4)], upTo: 4 });
    ahead.clear();
    expect([ahead.length, ahead.bytes]).toEqual([0, 0]);
  });
});
