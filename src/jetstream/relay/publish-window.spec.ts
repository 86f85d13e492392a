import { beforeEach, describe, expect, it } from '@jest/globals';
import { PublishWindow } from './publish-window.js';

describe('the window of publications', () => {
  let window: PublishWindow;
  let failures: number;

  beforeEach(() => {
    failures = 0;
    window = new PublishWindow({ events: 2, bytes: 100 }, () => failures++);
  });

  /** Tells whether there is room within some turns of the event loop. */
  async function hasRoom(bytes: number): Promise<boolean> {
    const later = new Promise<boolean>((resolve) => setTimeout(resolve, 20, false));
    return Promise.race([window.room(bytes).then(() => true), later]);
  }

  it('is bounded in number', async () => {
    for (const bytes of [1, 1]) window.add(bytes);
    expect(await hasRoom(1)).toBe(false);
    window.end(1);
    expect(await hasRoom(1)).toBe(true);
  });

  it('is bounded in bytes, and lets a larger one in alone', async () => {
    expect(await hasRoom(1_000)).toBe(true);
    window.add(1_000);
    expect(await hasRoom(1)).toBe(false);
    window.end(1_000);
    expect(await hasRoom(1)).toBe(true);
    window.add(60);
    expect(await hasRoom(60)).toBe(false);
  });

  it('ends with the first failure, which also wakes who waits for room', async () => {
    for (const bytes of [1, 1]) window.add(bytes);
    const waiting = window.room(1);
    window.end(1, new Error('first'));
    await expect(waiting).rejects.toThrow('first');
    window.end(1, new Error('second'));
    await window.settled();
    expect(() => window.requireSound()).toThrow('first');
    expect(failures).toBe(1);
    window.begin();
    expect(window.hasRoom(1)).toBe(true);
  });

  it('is settled when the fate of all is known', async () => {
    window.add(1);
    let isSettled = false;
    const settled = window.settled().then(() => (isSettled = true));
    await Promise.resolve();
    expect(isSettled).toBe(false);
    window.end(1);
    await settled;
  });
});
