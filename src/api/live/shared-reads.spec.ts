import { describe, expect, it } from '@jest/globals';
import { SharedReads } from './shared-reads.js';

/** Reads that answer with their number when they are told to. */
function reads() {
  const underWay: (() => void)[] = [];
  let count = 0;
  const read = () => {
    const nth = ++count;
    return new Promise<number>((resolve) => underWay.push(() => resolve(nth)));
  };
  return { read, answer: () => underWay.splice(0).forEach((end) => end()), count: () => count };
}

describe('shared reads', () => {
  it('are one for equal queries at the same moment', async () => {
    const shared = new SharedReads<number>();
    const { read, answer, count } = reads();
    const both = [shared.share('chart', 7, read), shared.share('chart', 6, read)];
    answer();
    expect(await Promise.all(both)).toEqual([1, 1]);
    expect(count()).toBe(1);
  });

  it('are not shared by other queries, by those for a later position, and by those without one', async () => {
    const shared = new SharedReads<number>();
    const { read, answer } = reads();
    const all = [
      shared.share('chart', 7, read),
      shared.share('other chart', 7, read),
      shared.share('chart', 8, read),
      shared.share('chart', undefined, read),
    ];
    answer();
    expect(await Promise.all(all)).toEqual([1, 2, 3, 4]);
  });

  it('are read anew after the answer, and after a failure', async () => {
    const shared = new SharedReads<number>();
    await expect(shared.share('chart', 7, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await shared.share('chart', 7, async () => 1)).toBe(1);
    expect(await shared.share('chart', 7, async () => 2)).toBe(2);
  });
});
