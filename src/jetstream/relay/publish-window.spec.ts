import { beforeEach, describe, expect, it } from '@jest/globals';
import { PublishWindow } from './publish-window.js';

/** A publication whose end the test decides. */
function publication() {
  let end!: (error?: Error) => void;
  const sent = new Promise<void>((resolve, reject) => (end = (error) => (error ? reject(error) : resolve())));
  return { sent, end };
}

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
    const [first, second] = [publication(), publication()];
    for (const { sent } of [first, second]) window.add(1, sent);
    expect(await hasRoom(1)).toBe(false);
    second.end(); // acknowledgements may come out of order
    expect(await hasRoom(1)).toBe(true);
    first.end();
  });

  it('is bounded in bytes, and lets a larger one in alone', async () => {
    const [large, other] = [publication(), publication()];
    expect(await hasRoom(1_000)).toBe(true);
    window.add(1_000, large.sent);
    expect(await hasRoom(1)).toBe(false);
    large.end();
    expect(await hasRoom(1)).toBe(true);
    window.add(60, other.sent);
    expect(await hasRoom(60)).toBe(false);
    other.end();
  });

  it('ends with the first failure, which also wakes who waits for room', async () => {
    const [first, second] = [publication(), publication()];
    for (const { sent } of [first, second]) window.add(1, sent);
    const waiting = window.room(1);
    first.end(new Error('first'));
    await expect(waiting).rejects.toThrow('first');
    second.end(new Error('second'));
    await window.settled();
    expect(() => window.requireSound()).toThrow('first');
    expect(failures).toBe(1);
  });

  it('is settled when the fate of all is known', async () => {
    const one = publication();
    window.add(1, one.sent);
    let isSettled = false;
    const settled = window.settled().then(() => (isSettled = true));
    await Promise.resolve();
    expect(isSettled).toBe(false);
    one.end();
    await settled;
  });
});
