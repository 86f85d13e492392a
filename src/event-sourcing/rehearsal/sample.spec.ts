import { describe, expect, it } from '@jest/globals';
import { randomOf, sampleOf } from './sample.js';

describe('a sample of the log', () => {
  const whole = { after: 0, upTo: 100_000_000 };

  it('is the whole log when the log is not longer', () => {
    expect(sampleOf({ after: 0, upTo: 500 }, 500, randomOf(1))).toEqual([{ after: 0, upTo: 500, weight: 1 }]);
    expect(sampleOf({ after: 500, upTo: 500 }, 500, randomOf(1))).toEqual([]);
  });

  it.each([1, 3, 10, 99, 1_000, 10_001])('has up to %i events, whose weights add up to the log', (size) => {
    const ranges = sampleOf(whole, size, randomOf(size));
    const read = ranges.reduce((sum, { after, upTo }) => sum + upTo - after, 0);
    const represented = ranges.reduce((sum, { after, upTo, weight }) => sum + (upTo - after) * weight, 0);
    expect(read).toBeLessThanOrEqual(size);
    expect(read).toBeGreaterThan(size * 0.9 - 1);
    expect(Math.round(represented)).toBe(whole.upTo);
    for (const [index, { after }] of ranges.entries()) {
      expect(after).toBeGreaterThanOrEqual(index === 0 ? 0 : ranges[index - 1]!.upTo);
    }
    expect(ranges.at(-1)!.upTo).toBeLessThanOrEqual(whole.upTo);
  });

  it('has the beginning and the end of the log', () => {
    const ranges = sampleOf(whole, 10_000, randomOf(7));
    expect(ranges[0]).toEqual({ after: 0, upTo: 2_500, weight: 1 });
    expect(ranges.at(-1)).toEqual({ after: 99_997_500, upTo: 100_000_000, weight: 1 });
  });

  it('is the same for the same seed, and different for another seed', () => {
    expect(sampleOf(whole, 1_000, randomOf(1))).toEqual(sampleOf(whole, 1_000, randomOf(1)));
    expect(sampleOf(whole, 1_000, randomOf(1))).not.toEqual(sampleOf(whole, 1_000, randomOf(2)));
  });
});
