import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '../event/domain-event.js';
import { RecentEvents } from './recent-events.js';

/** A part of the log with the positions after `after`. */
const part = (after: number, count: number, bytes = count) => ({
  events: Array.from({ length: count }, (_, index) => ({ position: after + 1 + index }) as StoredEvent),
  after,
  upTo: after + count,
  bytes,
});
const positionsAfter = (recent: RecentEvents, position: number) =>
  recent.after(position)?.map((event) => event.position);

describe('recent events', () => {
  it('are those after a position, over the parts in which they came', () => {
    const recent = new RecentEvents();
    recent.add(part(10, 2));
    recent.add(part(12, 2));
    expect(positionsAfter(recent, 10)).toEqual([11, 12, 13, 14]);
    expect(positionsAfter(recent, 11)).toEqual([12, 13, 14]);
    expect(positionsAfter(recent, 14)).toEqual([]);
    expect(positionsAfter(recent, 99)).toEqual([]);
  });

  it('are not known before the first part, nor behind it when it was dropped', () => {
    const recent = new RecentEvents();
    expect(recent.after(0)).toBeUndefined();
    recent.add(part(10, 2));
    expect(recent.after(9)).toBeUndefined();
    recent.clear();
    expect(recent.after(12)).toBeUndefined();
  });

  it('are at most a thousand', () => {
    const recent = new RecentEvents();
    recent.add(part(0, 600));
    recent.add(part(600, 400));
    expect(recent.after(0)).toHaveLength(1_000);
    recent.add(part(1_000, 1));
    expect(recent.after(0)).toBeUndefined();
    expect(recent.after(600)).toHaveLength(401);
  });

  it('are at most 8 MiB, but for a part that is larger by itself', () => {
    const recent = new RecentEvents();
    recent.add(part(0, 1, 5e6));
    recent.add(part(1, 1, 5e6));
    expect(recent.after(0)).toBeUndefined();
    expect(positionsAfter(recent, 1)).toEqual([2]);
    recent.add(part(2, 2, 2e7));
    expect(positionsAfter(recent, 2)).toEqual([3, 4]);
  });
});
