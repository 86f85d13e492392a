import type { JsMsg } from '@nats-io/jetstream';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { IntakeCounts, SingleAppend } from '../../event-sourcing/for-service.js';
import { InvalidAppendError, OverloadedError, SubjectErasedError } from '../../event-sourcing/index.js';
import { BatchIntake } from './batch-intake.js';
import { HeldMessages } from './held-messages.js';
import { readMessage } from './read-message.js';

/** The fate of messages, in the order in which it became clear: `ack 1`, `term 2`, `keep 2: the reason`. */
const told: string[] = [];

function message(sequence: number): JsMsg {
  const tell = (word: string) => (delayMs?: number) =>
    void told.push([word, sequence, delayMs].filter((part) => part !== undefined).join(' '));
  return {
    subject: 'shop.content.watched',
    data: Buffer.from(JSON.stringify({ sequence })),
    info: { stream: 'SHOP', streamSequence: sequence },
    time: new Date(0),
    timestampNanos: 0n,
    ack: tell('ack'),
    nak: tell('nak'),
    term: tell('term'),
    working: tell('working'),
    ackAck: async () => {
      tell('confirmed')();
      return true;
    },
  } as unknown as JsMsg;
}

/** An event of a message of even sequence. */
const map = (incoming: { sequence: number }) => {
  if (incoming.sequence % 2 !== 0) throw new Error(`${incoming.sequence} is odd`);
  return { streamId: 'a', event: { type: 'a', data: { sequence: incoming.sequence } } };
};
const sequenceOf = ({ event }: SingleAppend) => (event.data as { sequence: number }).sequence;

describe('a batch of messages', () => {
  const appended: number[][] = [];
  /** The failures of the next appends, one after the other; undefined: it succeeds. */
  let failures: ((events: readonly SingleAppend[]) => unknown)[] = [];
  let counts: IntakeCounts;
  let isEnding: boolean;
  /** Fails the confirmation of an acknowledgement. */
  let confirming: () => void;
  let disconnects: number;
  let goneOn: number;
  let keeping: (sequence: number) => void;

  beforeEach(() => {
    for (const list of [told, appended]) list.length = 0;
    failures = [];
    counts = { appended: 0, duplicate: 0, rejected: 0, failed: 0 };
    isEnding = false;
    [confirming, disconnects, goneOn] = [() => undefined, 0, 0];
    keeping = () => undefined;
  });

  const store = {
    appendEach: async (events: readonly SingleAppend[]) => {
      const failure = failures.length > 0 ? failures.shift()!(events) : undefined;
      if (failure !== undefined) throw failure;
      appended.push(events.map(sequenceOf));
      return events.map((event) => ({ verdict: sequenceOf(event) % 10 === 0 ? 'duplicate' : 'appended' }));
    },
  };

  async function take(...sequences: number[]) {
    const held = new HeldMessages<ReturnType<typeof readMessage>>({ maxMessages: 10_000, maxBytes: 1e6 });
    for (const sequence of sequences) {
      const one = message(sequence);
      held.add(readMessage({ ...one, ackAck: async () => (confirming(), one.ackAck()) }, map));
    }
    const batch = new BatchIntake({
      store: store as never,
      held,
      counts,
      rejected: {
        keep: async (_message, { sequence }, { reason, isAboutErased }) => {
          keeping(sequence);
          told.push(`keep ${sequence}${isAboutErased ? ' without its body' : ''}: ${reason}`);
        },
      },
      goesOn: () => void goneOn++,
      unconfirmed: (error) => void told.push(`unconfirmed: ${(error as Error).message}`),
      disconnects: () => disconnects,
      waits: async () => !isEnding,
    });
    await batch.take(await held.take(10_000));
    await batch.confirmed();
    return held;
  }

  it('is acknowledged after its append, and the last one is confirmed', async () => {
    const held = await take(2, 4, 10);
    expect(appended).toEqual([[2, 4, 10]]);
    expect(told).toEqual(['ack 2', 'ack 4', 'confirmed 10']);
    expect(counts).toEqual({ appended: 2, duplicate: 1, rejected: 0, failed: 0 });
    expect(goneOn).toBe(1);
    expect(held.size).toBe(0);
  });

  it('says so when its acknowledgement is not confirmed, unless the connection was lost meanwhile', async () => {
    confirming = () => {
      throw new Error('no right');
    };
    const held = await take(2);
    expect([told, held.size, goneOn]).toEqual([['unconfirmed: no right'], 0, 0]);
    told.length = 0;
    confirming = () => {
      disconnects++;
      throw new Error('timeout');
    };
    await take(2);
    expect(told).toEqual([]);
  });

  it('keeps invalid ones before it terminates them, and appends the others', async () => {
    const held = await take(1, 2, 3);
    expect(appended).toEqual([[2]]);
    expect(told).toEqual(['confirmed 2', 'keep 1: 1 is odd', 'term 1', 'keep 3: 3 is odd', 'term 3']);
    expect([counts.rejected, held.size]).toEqual([2, 0]);
  });

  it('gives invalid ones back that cannot be kept', async () => {
    keeping = (sequence) => {
      if (sequence === 3) throw new Error('the stream is away');
    };
    await expect(take(1, 3, 5)).rejects.toThrow('the stream is away');
    expect(told).toEqual(['keep 1: 1 is odd', 'term 1', 'nak 1', 'nak 3', 'nak 5']);
  });

  it('is tried again while the log is away', async () => {
    failures = Array.from({ length: 3 }, () => () => Object.assign(new Error(), { code: 'ECONNREFUSED' }));
    await take(2, 4);
    expect(appended).toEqual([[2, 4]]);
  });

  it('is given back when the intake ends meanwhile', async () => {
    failures = [() => Object.assign(new Error(), { code: 'ECONNREFUSED' })];
    isEnding = true;
    const held = await take(2, 4);
    expect([appended, told, held.size]).toEqual([[], ['nak 2', 'nak 4'], 0]);
  });

  it('goes in smaller parts after each refusal of a full queue, and then in larger ones again', async () => {
    const limit = 100;
    const full = (events: readonly SingleAppend[]) =>
      events.length > limit ? new OverloadedError(1) : undefined;
    failures = Array.from({ length: 100 }, () => full);
    const all = Array.from({ length: 500 }, (_, index) => 2 * index);
    await take(...all);
    expect(appended.flat()).toEqual(all);
    expect(Math.max(...appended.map(({ length }) => length))).toBeLessThanOrEqual(limit);
    expect(appended.length).toBeLessThan(12);
  });

  it('rejects the one that the log cannot take, and appends its neighbours', async () => {
    const refusing = (events: readonly SingleAppend[]) =>
      events.some((event) => sequenceOf(event) === 4) ? new InvalidAppendError('too large') : undefined;
    failures = Array.from({ length: 10 }, () => refusing);
    await take(2, 4, 6);
    expect(appended).toEqual([[2], [6]]);
    expect(told).toEqual(['confirmed 2', 'confirmed 6', 'keep 4: too large', 'term 4']);
  });

  it('rejects one about an erased person, which fails at each try, and keeps no body of it', async () => {
    const refusing = (events: readonly SingleAppend[]) =>
      events.some((event) => sequenceOf(event) === 4) ? new SubjectErasedError('ann') : undefined;
    failures = Array.from({ length: 10 }, () => refusing);
    await take(2, 4);
    expect(told).toEqual([
      'confirmed 2',
      expect.stringMatching(/^keep 4 without its body: ann is erased/),
      'term 4',
    ]);
    expect(counts).toMatchObject({ appended: 1, failed: 0, rejected: 1 });
  });

  it('asks for one again, later, that fails for a reason nobody knows', async () => {
    const failing = (events: readonly SingleAppend[]) =>
      events.some((event) => sequenceOf(event) === 4) ? new Error('what is this') : undefined;
    failures = Array.from({ length: 10 }, () => failing);
    await take(2, 4, 6);
    expect(appended).toEqual([[2], [6]]);
    expect(told).toEqual(['confirmed 2', 'nak 4 10000', 'confirmed 6']);
    expect(counts).toMatchObject({ appended: 2, failed: 1, rejected: 0 });
  });
});
