import { describe, expect, it } from '@jest/globals';
import { AggregateCache } from './aggregate-cache.js';
import { ResolvedOptions } from '../options.js';

const cacheOf = (maxAggregates: number) =>
  new AggregateCache(new ResolvedOptions({ cache: { maxAggregates } }));
const at = (version: number) => ({ state: {}, version, position: version });

describe('the cache of aggregates', () => {
  it('never puts an older state over a newer one, as a slow load would', () => {
    const cache = cacheOf(2);
    cache.put('a', at(5));
    cache.put('a', at(4));
    expect(cache.get('a')).toEqual(at(5));
    cache.put('a', at(6));
    expect(cache.get('a')).toEqual(at(6));
  });

  it('is bounded: what was unused for longest makes room', () => {
    const cache = cacheOf(2);
    cache.put('a', at(1));
    cache.put('b', at(1));
    cache.get('a');
    cache.put('c', at(1));
    expect(['a', 'b', 'c'].map((stream) => cache.get(stream)?.version)).toEqual([1, undefined, 1]);
  });

  it('forgets what it is told to, and may be off', () => {
    const cache = cacheOf(2);
    cache.put('a', at(1));
    cache.drop('a');
    expect(cache.get('a')).toBeUndefined();
    const off = new AggregateCache(new ResolvedOptions({ cache: false }));
    off.put('a', at(1));
    expect(off.get('a')).toBeUndefined();
  });
});
