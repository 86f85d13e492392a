import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { backOffDelay, retrying } from './retry.js';

/** Every requested pause, in ms; no pause takes any time here. */
const pauses: number[] = [];

beforeEach(() => {
  pauses.length = 0;
  jest.spyOn(timers, 'setTimeout').mockImplementation(async (ms) => void pauses.push(ms!));
  syncBuiltinESMExports();
});
afterEach(() => {
  jest.restoreAllMocks();
  syncBuiltinESMExports();
});

/** Fails the given number of times, each time with another error, and counts its runs. */
function failing(times: number) {
  const work = {
    runs: 0,
    run: () => {
      work.runs++;
      return work.runs <= times
        ? Promise.reject(new Error(`failure ${work.runs}`))
        : Promise.resolve(`run ${work.runs}`);
    },
  };
  return work;
}

describe('retrying', () => {
  const options = { maxAttempts: 3, baseDelayMs: 100, retryOn: () => true };

  it('runs the work once, without a pause, when it succeeds', async () => {
    const work = failing(0);
    await expect(retrying(work.run, options)).resolves.toBe('run 1');
    expect(pauses).toEqual([]);
  });

  it('runs it until it succeeds', async () => {
    await expect(retrying(failing(2).run, options)).resolves.toBe('run 3');
  });

  it('gives up after the last attempt, with its error and without a further pause', async () => {
    const work = failing(9);
    await expect(retrying(work.run, options)).rejects.toThrow('failure 3');
    expect(work.runs).toBe(3);
    expect(pauses).toHaveLength(2);
  });

  it('does not retry when only one attempt is allowed', async () => {
    const work = failing(9);
    await expect(retrying(work.run, { ...options, maxAttempts: 1 })).rejects.toThrow('failure 1');
    expect(pauses).toEqual([]);
  });

  it('stops at an error that must not be retried', async () => {
    const work = failing(9);
    const retryOn = (error: unknown) => (error as Error).message !== 'failure 2';
    await expect(retrying(work.run, { ...options, maxAttempts: 9, retryOn })).rejects.toThrow('failure 2');
    expect(work.runs).toBe(2);
  });

  it('gives up at the first failure after the time limit', async () => {
    const clock = jest.spyOn(performance, 'now').mockReturnValue(0);
    const work = failing(9);
    const run = (attempt: number) => {
      clock.mockReturnValue(attempt * 1_000);
      return work.run();
    };
    const limited = { ...options, maxAttempts: 9, withinMs: 3_000 };
    await expect(retrying(run, limited)).rejects.toThrow('failure 4');
    expect(pauses).toHaveLength(3);
  });

  it('passes the number of the attempt to the work', async () => {
    const tries: number[] = [];
    const work = failing(2);
    const run = (attempt: number) => {
      tries.push(attempt);
      return work.run();
    };
    await retrying(run, options);
    expect(tries).toEqual([1, 2, 3]);
  });

  it('pauses after each failure, twice as long as after the one before', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.5);
    await expect(retrying(failing(4).run, { ...options, maxAttempts: 5 })).resolves.toBe('run 5');
    expect(pauses).toEqual([75, 150, 300, 600]);
  });
});

describe('the back-off', () => {
  it.each([
    [1, 50, 100],
    [2, 100, 200],
    [3, 200, 400],
    [7, 3_200, 6_400],
    [8, 5_000, 10_000],
    [2_000, 5_000, 10_000],
  ])('after failure %d spreads over %d to %d ms', (attempt, least, most) => {
    const draws = Array.from({ length: 2_000 }, () => backOffDelay(attempt, 100));
    const [shortest, longest] = [Math.min(...draws), Math.max(...draws)];
    const tenth = (most - least) / 10;
    expect(shortest).toBeGreaterThanOrEqual(least);
    expect(shortest).toBeLessThan(least + tenth);
    expect(longest).toBeLessThanOrEqual(most);
    expect(longest).toBeGreaterThan(most - tenth);
  });

  it('respects a maximum of its caller', () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.999_999);
    expect(backOffDelay(50, 100, 250)).toBeLessThanOrEqual(250);
  });

  it('is none with a base delay of 0', () => {
    expect(backOffDelay(3, 0)).toBe(0);
  });
});
