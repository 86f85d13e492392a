import { describe, expect, it } from '@jest/globals';
import type { AggregateClass } from './aggregate-root.js';
import { requireOwnStreams } from './aggregate-streams.js';

const named = (name: string, stream: string) =>
  Object.defineProperty(
    class {
      static readonly stream = stream;
    },
    'name',
    { value: name },
  ) as unknown as AggregateClass<any>;

describe('the streams of aggregates', () => {
  it('belong to one class each: two classes with one stream name are refused', () => {
    expect(() =>
      requireOwnStreams([named('Order', 'order'), named('Cart', 'cart'), named('OldOrder', 'order')]),
    ).toThrow('Order and OldOrder both have the streams "order-<id>"');
  });

  it.each([[['order', 'order-line']], [['order-line', 'order']], [['a-b', 'c', 'a-b-c']]])(
    'are refused when one stream name continues another: %j',
    (streams) => {
      expect(() => requireOwnStreams(streams.map((stream) => named(stream, stream)))).toThrow(
        /can share a stream: ".*-7" is/,
      );
    },
  );

  it('may begin with the same letters', () => {
    requireOwnStreams(['order', 'orders', 'order_line', 'line-order'].map((stream) => named(stream, stream)));
  });
});
