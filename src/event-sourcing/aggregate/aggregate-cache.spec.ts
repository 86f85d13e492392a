import { describe, expect, it } from '@jest/globals';
import { AggregateCache } from './aggregate-cache.js';
import { ResolvedOptions } from '../options.js';

const cacheOf = (maxAggregates: number, maxBytes?: number) =>
  new AggregateCache(new ResolvedOptions({ cache: { maxAggregates, maxBytes } }));
const at = (version: number) => ({ state: {}, version, position: version });

describe('the cache of aggregates', () => {
  it('keeps the newer state when a slow load brings an older one', () => {
    const cache = cacheOf(2);
    cache.put('a', at(5), cache.generation);
    cache.put('a', at(4), cache.generation);
    expect(cache.get('a')).toEqual(at(5));
    cache.put('a', at(6), cache.generation);
    expect(cache.get('a')).toEqual(at(6));
  });

  it('is bounded, and drops the least recently used state first', () => {
    const cache = cacheOf(2);
    cache.put('a', at(1), cache.generation);
    cache.put('b', at(1), cache.generation);
    cache.get('a');
    cache.put('c', at(1), cache.generation);
    expect(['a', 'b', 'c'].map((stream) => cache.get(stream)?.version)).toEqual([1, undefined, 1]);
  });

  it('is bounded in bytes as well, for current states and for past ones', () => {
    const cache = cacheOf(1_000, 1_000_000);
    const large = { ...at(500), state: { text: 'x'.repeat(100_000) } };
    const streams = Array.from({ length: 10 }, (_, n) => `stream-${n}`);
    for (const stream of streams) {
      cache.put(stream, large, cache.generation);
      cache.putWaypoint(stream, large, cache.generation);
    }
    const kept = streams.slice(-4); // of 200,200 bytes each
    expect(streams.filter((stream) => cache.get(stream))).toEqual(kept);
    expect(streams.filter((stream) => cache.waypoint(stream, 500))).toEqual(kept);
  });

  it('does not keep a state that is larger than the cache, nor the older one', () => {
    const cache = cacheOf(10, 10_000);
    cache.put('a', at(1), cache.generation);
    cache.put('a', { ...at(2), state: { text: 'x'.repeat(10_000) } }, cache.generation);
    expect(cache.get('a')).toBeUndefined();
  });

  it('forgets a dropped state, and keeps nothing when it is off', () => {
    const cache = cacheOf(2);
    cache.put('a', at(1), cache.generation);
    cache.drop('a');
    expect(cache.get('a')).toBeUndefined();
    const off = new AggregateCache(new ResolvedOptions({ cache: false }));
    off.put('a', at(1), off.generation);
    expect(off.get('a')).toBeUndefined();
  });

  it('keeps nothing of work that began before all was dropped', () => {
    const cache = cacheOf(2);
    const { generation } = cache;
    cache.clear();
    cache.put('a', at(500), generation);
    cache.putWaypoint('a', at(500), generation);
    expect([cache.get('a'), cache.waypoint('a', 600)]).toEqual([undefined, undefined]);
  });
});
