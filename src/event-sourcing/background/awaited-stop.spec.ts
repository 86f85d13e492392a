import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { awaitStops } from './awaited-stop.js';

describe('a stop of several parts', () => {
  const told: string[] = [];
  const logger = { warn: (message: string) => void told.push(message) };

  beforeEach(() => {
    told.length = 0;
    jest.useFakeTimers();
  });
  afterEach(() => void jest.useRealTimers());

  const pending = () => {
    let resolve: () => void = () => undefined;
    const promise = new Promise<void>((done) => (resolve = done));
    return { promise, resolve: () => resolve() };
  };

  it('says nothing when all parts stop soon', async () => {
    await awaitStops({ one: Promise.resolve(), other: Promise.resolve() }, logger);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual([]);
  });

  it('names the parts that it still waits for, every 3 s', async () => {
    const [quick, slow, slower] = [pending(), pending(), pending()];
    const all = awaitStops({ quick: quick.promise, slow: slow.promise, slower: slower.promise }, logger);
    quick.resolve();
    await jest.advanceTimersByTimeAsync(3_000);
    slow.resolve();
    await jest.advanceTimersByTimeAsync(3_000);
    slower.resolve();
    await all;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual([
      'The stop has taken 3 s so far, and waits for slow, slower.',
      'The stop has taken 6 s so far, and waits for slower.',
    ]);
  });

  it('rejects with the error of a part that cannot stop, and says no more', async () => {
    const never = pending();
    const broken = Promise.reject(new Error('no stop'));
    await expect(awaitStops({ never: never.promise, broken }, logger)).rejects.toThrow('no stop');
    await jest.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual([]);
  });
});
