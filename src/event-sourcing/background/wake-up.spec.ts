import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WakeUp } from './wake-up.js';

describe('a wake-up', () => {
  let wakeUp: WakeUp;

  beforeEach(() => {
    jest.useFakeTimers();
    wakeUp = new WakeUp();
  });
  afterEach(() => void jest.useRealTimers());

  /** Follows a sleep: tells whether it has ended after some more ms. */
  function follow(sleep: Promise<void>) {
    let over = false;
    void sleep.then(() => (over = true));
    return {
      overAfter: async (ms: number) => {
        await jest.advanceTimersByTimeAsync(ms);
        return over;
      },
    };
  }

  it('sleeps for the whole time when the bell does not ring', async () => {
    const sleep = follow(wakeUp.wait(500));
    expect(await sleep.overAfter(499)).toBe(false);
    expect(await sleep.overAfter(1)).toBe(true);
  });

  it('ends a sleep at once when it rings, and leaves no timer behind', async () => {
    const sleep = follow(wakeUp.wait(500));
    await sleep.overAfter(100);
    wakeUp.ring();
    expect(await sleep.overAfter(0)).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps a ring for the next sleep, so that none is missed', async () => {
    wakeUp.ring();
    expect(await follow(wakeUp.wait(500)).overAfter(0)).toBe(true);
  });

  it('wakes once for any number of rings', async () => {
    wakeUp.ring();
    wakeUp.ring();
    expect(await follow(wakeUp.wait(500)).overAfter(0)).toBe(true);
    expect(await follow(wakeUp.wait(500)).overAfter(499)).toBe(false);
  });

  it('sleeps again after a ring that ended a sleep', async () => {
    const first = follow(wakeUp.wait(500));
    wakeUp.ring();
    expect(await first.overAfter(0)).toBe(true);
    expect(await follow(wakeUp.wait(500)).overAfter(499)).toBe(false);
  });

  it('pauses for the whole time through rings, and keeps them for the next sleep', async () => {
    const pause = follow(wakeUp.pause(500, () => false));
    for (const ms of [100, 100, 299]) {
      wakeUp.ring();
      expect(await pause.overAfter(ms)).toBe(false);
    }
    expect(await pause.overAfter(1)).toBe(true);
    expect(await follow(wakeUp.wait(500)).overAfter(0)).toBe(true);
  });

  it('ends a pause at the ring after which it is no longer wanted', async () => {
    let ended = false;
    const pause = follow(wakeUp.pause(500, () => ended));
    await pause.overAfter(100);
    ended = true;
    expect(await pause.overAfter(100)).toBe(false);
    wakeUp.ring();
    expect(await pause.overAfter(0)).toBe(true);
  });

  it('does not begin a pause that is not wanted', async () => {
    expect(await follow(wakeUp.pause(500, () => true)).overAfter(0)).toBe(true);
  });
});
