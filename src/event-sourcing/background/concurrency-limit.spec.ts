import { describe, expect, it } from '@jest/globals';
import { ConcurrencyLimit, ConcurrencyLimitTimeout } from './concurrency-limit.js';

/** Work that ends when `end` is called. */
const work = () => {
  let end: () => void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { run: () => ended, end: () => end() };
};

describe('a concurrency limit', () => {
  it('runs up to its limit at once, and the others in order', async () => {
    const limit = new ConcurrencyLimit(() => 2);
    const started: string[] = [];
    const [a, b] = [work(), work()];
    const start = (name: string, { run }: Pick<ReturnType<typeof work>, 'run'>) =>
      limit.run(() => {
        started.push(name);
        return run();
      });
    const all = [
      start('a', a),
      start('b', b),
      start('c', { run: async () => {} }),
      start('d', { run: async () => {} }),
    ];
    await Promise.resolve();
    expect(started).toEqual(['a', 'b']);
    a.end();
    await all[3];
    expect(started).toEqual(['a', 'b', 'c', 'd']);
    b.end();
    await Promise.all(all);
  });

  it('rejects work that has waited too long, and still runs the work behind it', async () => {
    const limit = new ConcurrencyLimit(() => 1);
    const first = work();
    const running = limit.run(first.run);
    await expect(limit.run(async () => 'late', 5)).rejects.toThrow(ConcurrencyLimitTimeout);
    const behind = limit.run(async () => 'behind');
    first.end();
    await expect(behind).resolves.toBe('behind');
    await running;
    await expect(limit.run(async () => 'after')).resolves.toBe('after');
  });

  it('continues after failed work', async () => {
    const limit = new ConcurrencyLimit(() => 1);
    await expect(limit.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(limit.run(async () => 'yes')).resolves.toBe('yes');
  });
});
