import { describe, expect, it } from '@jest/globals';
import { RequestCounts } from './request-counts.js';

describe('the requests of a sender', () => {
  const start = Date.UTC(2026, 0, 31);

  it('are counted for a minute from its first one on, then anew', () => {
    const counts = new RequestCounts();
    expect(counts.add('a', start)).toEqual({ requests: 1, secondsLeft: 60 });
    expect(counts.add('a', start + 58_500)).toEqual({ requests: 2, secondsLeft: 2 });
    expect(counts.add('a', start + 59_999)).toEqual({ requests: 3, secondsLeft: 1 });
    expect(counts.add('a', start + 60_000)).toEqual({ requests: 1, secondsLeft: 60 });
  });

  it('are not counted for another', () => {
    const counts = new RequestCounts();
    counts.add('a', start);
    expect(counts.add('b', start + 10).requests).toBe(1);
    expect(counts.add('a', start + 20).requests).toBe(2);
  });

  it('are forgotten for those heard of least recently when there are too many', () => {
    const counts = new RequestCounts();
    counts.add('quiet', start);
    counts.add('busy', start);
    for (let other = 0; other < 50_000; other += 1) {
      counts.add(`other ${other}`, start);
      if (other % 1_000 === 0) counts.add('busy', start);
    }
    expect(counts.add('busy', start).requests).toBe(52);
    expect(counts.add('quiet', start).requests).toBe(1);
  });
});
