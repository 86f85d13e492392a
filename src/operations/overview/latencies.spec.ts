import { describe, expect, it } from '@jest/globals';
import { Latencies } from './latencies.js';

describe('latencies', () => {
  it('give percentiles within three per cent', () => {
    const latencies = new Latencies();
    for (let each = 1; each <= 1_000; each++) latencies.add(each / 1_000);
    expect(latencies.count).toBe(1_000);
    expect(latencies.quantileMs(0.5)! / 500).toBeCloseTo(1, 1);
    expect(Math.abs(latencies.quantileMs(0.99)! / 990 - 1)).toBeLessThan(0.03);
  });

  it('take the extremes', () => {
    const latencies = new Latencies();
    latencies.add(0);
    expect(latencies.quantileMs(1)).toBe(0.01);
    latencies.add(1e9);
    expect(latencies.quantileMs(1)).toBeGreaterThan(100_000);
  });

  it('have no percentile without a duration', () => {
    const latencies = new Latencies();
    latencies.add(1);
    latencies.clear();
    expect([latencies.count, latencies.quantileMs(0.5)]).toEqual([0, null]);
  });
});
