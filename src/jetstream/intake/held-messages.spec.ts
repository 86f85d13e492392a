import type { JsMsg } from '@nats-io/jetstream';
import { describe, expect, it } from '@jest/globals';
import { HeldMessages } from './held-messages.js';

/** A message that notes what the broker is told about it. */
function message(bytes = 1) {
  const told: string[] = [];
  const tell = (word: string) => () => void told.push(word);
  const one = { subject: '', data: new Uint8Array(bytes), nak: tell('nak'), working: tell('working') };
  return Object.assign(one as unknown as JsMsg, { told });
}

/** Whether the promise is settled after the running work. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => (done = true));
  await new Promise((resolve) => setImmediate(resolve));
  return done;
}

describe('held messages', () => {
  it('are taken in order, and at most so many', async () => {
    const held = new HeldMessages({ maxMessages: 10, maxBytes: 100 });
    const all = [message(), message(), message()];
    for (const one of all) await held.add(one);
    expect(await held.take(2)).toEqual(all.slice(0, 2));
    expect(await held.take(2)).toEqual(all.slice(2));
  });

  it.each([
    ['messages', { maxMessages: 2, maxBytes: 100 }, 1],
    ['bytes', { maxMessages: 100, maxBytes: 20 }, 10],
  ])(
    'let no further message in while there are too many %s, in work or not',
    async (_what, limits, bytes) => {
      const held = new HeldMessages(limits);
      const all = [message(bytes), message(bytes)];
      expect(await isDone(held.add(all[0]!))).toBe(true);
      const full = held.add(all[1]!);
      expect(await isDone(full)).toBe(false);
      await held.take(2);
      expect(await isDone(full)).toBe(false);
      held.release(all[0]!);
      expect(await isDone(full)).toBe(true);
      expect(held.size).toBe(1);
    },
  );

  it('wait for the next one', async () => {
    const held = new HeldMessages({ maxMessages: 10, maxBytes: 100 });
    const taken = held.take(2);
    expect(await isDone(taken)).toBe(false);
    const one = message();
    await held.add(one);
    expect(await taken).toEqual([one]);
  });

  it('are all kept in work, also those that nobody has taken yet', async () => {
    const held = new HeldMessages({ maxMessages: 10, maxBytes: 100 });
    const all = [message(), message(), message()];
    for (const one of all) await held.add(one);
    const [taken] = await held.take(1);
    held.release(taken!);
    await held.take(1);
    held.keep();
    expect(all.map(({ told }) => told)).toEqual([[], ['working'], ['working']]);
  });

  it('go back to the broker at the end, except for those in work', async () => {
    const held = new HeldMessages({ maxMessages: 2, maxBytes: 100 });
    const all = [message(), message(), message()];
    await held.add(all[0]!);
    const [inWork] = await held.take(1);
    const full = held.add(all[1]!);
    held.close();
    held.close();
    await full;
    await held.add(all[2]!);
    expect(all.map(({ told }) => told)).toEqual([[], ['nak'], ['nak']]);
    expect(held.size).toBe(1);
    held.release(inWork!);
    expect([held.size, await held.take(1)]).toEqual([0, []]);
  });
});
