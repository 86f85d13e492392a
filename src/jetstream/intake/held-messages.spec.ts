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

const messagesOf = (read: readonly { message: unknown }[]) => read.map(({ message: one }) => one);

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
    for (const one of all) held.add({ message: one });
    expect(messagesOf(await held.take(2))).toEqual(all.slice(0, 2));
    expect(messagesOf(await held.take(2))).toEqual(all.slice(2));
  });

  it.each([
    ['messages', { maxMessages: 4, maxBytes: 100 }, 1, { messages: 2, bytes: 98 }],
    ['bytes', { maxMessages: 100, maxBytes: 40 }, 10, { messages: 98, bytes: 20 }],
  ])(
    'have room for as many %s as are missing, when half is free: what is in work counts',
    async (_what, limits, bytes, half) => {
      const held = new HeldMessages(limits);
      const all = [message(bytes), message(bytes), message(bytes)];
      expect(await held.room()).toEqual({ messages: limits.maxMessages, bytes: limits.maxBytes });
      for (const one of all) held.add({ message: one });
      const room = held.room();
      expect(await isDone(room)).toBe(false);
      await held.take(3);
      expect(await isDone(room)).toBe(false);
      held.release(all[0]!);
      expect(await room).toEqual(half);
      expect(held.size).toBe(2);
    },
  );

  it('are none at last: a message that is larger than the room waits for that', async () => {
    const held = new HeldMessages({ maxMessages: 10, maxBytes: 100 });
    const one = message();
    held.add({ message: one });
    const empty = held.empty();
    expect(await isDone(empty)).toBe(false);
    held.release(one);
    await empty;
  });

  it('wait for the next one', async () => {
    const held = new HeldMessages({ maxMessages: 10, maxBytes: 100 });
    const taken = held.take(2);
    expect(await isDone(taken)).toBe(false);
    const one = message();
    held.add({ message: one });
    expect(messagesOf(await taken)).toEqual([one]);
  });

  it('are all kept in work, also those that nobody has taken yet', async () => {
    const held = new HeldMessages({ maxMessages: 10, maxBytes: 100 });
    const all = [message(), message(), message()];
    for (const one of all) held.add({ message: one });
    const [taken] = await held.take(1);
    held.release(taken!.message);
    await held.take(1);
    held.keep();
    expect(all.map(({ told }) => told)).toEqual([[], ['working'], ['working']]);
  });

  it('go back to the broker at the end, except for those in work', async () => {
    const held = new HeldMessages({ maxMessages: 2, maxBytes: 100 });
    const all = [message(), message(), message()];
    held.add({ message: all[0]! });
    const [inWork] = await held.take(1);
    held.add({ message: all[1]! });
    const room = held.room();
    held.close();
    held.close();
    expect(await room).toBeUndefined();
    held.add({ message: all[2]! });
    expect(all.map(({ told }) => told)).toEqual([[], ['nak'], ['nak']]);
    expect(held.size).toBe(1);
    held.release(inWork!.message);
    expect([held.size, await held.take(1)]).toEqual([0, []]);
  });
});
