import { describe, expect, it } from '@jest/globals';
import { Turnstile, TurnstileTimeout } from './turnstile.js';

/** Work that ends when it is told to. */
const work = () => {
  let end: () => void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { run: () => ended, end: () => end() };
};

describe('a turnstile', () => {
  it('lets as many in as it may, and the others in their order', async () => {
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

  it('turns away what has waited for too long, and lets those behind it in all the same', async () => {
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

  it('goes on after work that failed', async () => {
    const turnstile = new Turnstile(() => 1);
    await expect(turnstile.pass(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(turnstile.pass(async () => 'yes')).resolves.toBe('yes');
  });
});
