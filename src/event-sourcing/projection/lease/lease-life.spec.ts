import { describe, expect, it } from '@jest/globals';
import { LEASE_LIFE, type LeaseState, nextLeaseState } from './lease-life.js';

describe('the life of a lease', () => {
  it('ends with the commit, and begins again where the transaction was undone', () => {
    expect(nextLeaseState('held', 'begun')).toBe('closing');
    expect(nextLeaseState('closing', 'committed')).toBe('free');
    expect(nextLeaseState('closing', 'undone')).toBe('held');
  });

  it('cannot be overtaken while the transaction has the row locked, nor come back from its end', () => {
    expect(() => nextLeaseState('closing', 'overtaken')).toThrow(
      'A lease that is closing cannot be overtaken.',
    );
    expect(() => nextLeaseState('overtaken', 'begun')).toThrow();
    expect(() => nextLeaseState('free', 'begun')).toThrow();
  });

  it('can come to each of its states', () => {
    const reached = new Set<LeaseState>([
      'held',
      ...Object.values(LEASE_LIFE).flatMap((each) => Object.values(each)),
    ]);
    expect([...reached].toSorted()).toEqual(Object.keys(LEASE_LIFE).toSorted());
  });
});
