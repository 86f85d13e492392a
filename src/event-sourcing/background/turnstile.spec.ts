import { describe, expect, it } from '@jest/globals';
import { Turnstile, TurnstileTimeout } from './turnstile.js';

/** Work that ends when `end` is called. */
const work = () => {
  let end: () => void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { run: () => ended, end: () => end() };
};

describe('a turnstile', () => {
  it('runs up to its limit at once, and the others in order', async () => {
    const turnstile = new Turnstile(() => 2);
    const started: string[] = [];
    const [a, b] = [work(), work()];
    const pass = (name: string, { run }: Pick<ReturnType<typeof work>, 'run'>) =>
      turnstile.pass(() => {
        started.push(name);
        return run();
      });
    const all = [
      pass('a', a),
      pass('b', b),
      pass('c', { run: async () => {} }),
      pass('d', { run: async () => {} }),
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
    const turnstile = new Turnstile(() => 1);
    const first = work();
    const passing = turnstile.pass(first.run);
    await expect(turnstile.pass(async () => 'late', 5)).rejects.toThrow(TurnstileTimeout);
    const behind = turnstile.pass(async () => 'behind');
    first.end();
    await expect(behind).resolves.toBe('behind');
    await passing;
    await expect(turnstile.pass(async () => 'after')).resolves.toBe('after');
  });

  it('continues after failed work', async () => {
    const turnstile = new Turnstile(() => 1);
    await expect(turnstile.pass(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(turnstile.pass(async () => 'yes')).resolves.toBe('yes');
  });
});
