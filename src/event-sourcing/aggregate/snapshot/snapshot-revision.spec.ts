import { describe, expect, it } from '@jest/globals';
import type { AggregateClass } from '../aggregate-root.js';
import { requireSnapshotRevision } from './snapshot-revision.js';

const order = (snapshotRevision: unknown) => {
  class Order {
    static readonly snapshotRevision = snapshotRevision;
  }
  return Order as unknown as AggregateClass<any>;
};

describe('the snapshotRevision of an aggregate', () => {
  it.each([
    ['1', "'1'"],
    [NaN, 'NaN'],
    [1.5, '1.5'],
    [-1, '-1'],
    [2 ** 31, '2147483648'],
    [null, 'null'],
  ])('is refused as %p', (revision, shown) => {
    expect(() => requireSnapshotRevision(order(revision))).toThrow(
      `Order: snapshotRevision is ${shown}: it must be a whole number from 0 to 2,147,483,647.`,
    );
  });

  it.each([undefined, 0, 2 ** 31 - 1])('may be %p', (revision) => {
    requireSnapshotRevision(order(revision));
  });
});
