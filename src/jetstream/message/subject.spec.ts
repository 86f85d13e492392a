import { describe, expect, it } from '@jest/globals';
import { partitionOf, subjectOf, subjectsOf } from './subject.js';

const LAYOUT = { prefix: 'shop', partitions: 16 };

describe('the subject of an event', () => {
  it('has the prefix, the partition of its stream in two digits, and its type', () => {
    expect(subjectOf(LAYOUT, { streamId: 'order-1', type: 'order.placed' })).toBe('shop.15.order.placed');
    expect(subjectOf({ ...LAYOUT, prefix: 'a.b' }, { streamId: 'order-2', type: 'x' })).toBe('a.b.05.x');
  });

  it.each([
    ['order placed', 'order%20placed'],
    ['*', '%2A'],
    ['a.>', 'a.%3E'],
    ['.a..b.', '%2Ea%2E.b%2E'],
    ['größe', 'gr%C3%B6%C3%9Fe'],
    ['line\nbreak', 'line%0Abreak'],
    ['100%', '100%25'],
  ])('spells the type %j as %s, since NATS does not take it', (type, expected) => {
    expect(subjectOf(LAYOUT, { streamId: 'order-1', type })).toBe(`shop.15.${expected}`);
  });

  it('is one of the subjects of the stream, which are one for each partition', () => {
    expect(subjectsOf({ prefix: 'shop', partitions: 3 })).toEqual(['shop.00.>', 'shop.01.>', 'shop.02.>']);
    expect(subjectsOf({ prefix: 'shop', partitions: 100 }).at(-1)).toBe('shop.99.>');
  });
});

/** Other services compute it: Python's `zlib.crc32(b'...') % 16` gives these. */
describe('the partition of a stream', () => {
  it.each([
    ['123456789', 0xcbf43926],
    ['user-7c9e6679-7425-40de-944b-e07fc1f90ae7', 1_910_866_016],
    ['content-größe', 1_789_847_255],
  ])('is the CRC-32 of its id in UTF-8: %s', (streamId, crc) => {
    for (const partitions of [1, 16, 100]) expect(partitionOf(streamId, partitions)).toBe(crc % partitions);
  });
});
