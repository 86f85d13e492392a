import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { headers, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { Publications } from './publications.js';

/** The fate of each publication in the order in which it was told: its sequence, or the error behind it. */
const told: string[] = [];

/** A connection whose broker is the test. */
class Line {
  readonly replies: string[] = [];
  private hear!: (error: Error | null, message: Msg) => void;
  private endStatus!: () => void;

  readonly connection = {
    subscribe: (_: string, { callback }: { callback: Line['hear'] }) => {
      this.hear = callback;
      return { unsubscribe: () => undefined };
    },
    publish: (_subject: string, _body: Uint8Array, { reply }: { reply: string }) => this.replies.push(reply),
    isClosed: () => false,
    status: async function* (this: Line) {
      yield* [];
      await new Promise<void>((resolve) => (this.endStatus = resolve));
    }.bind(this),
  } as unknown as NatsConnection;

  answer(nth: number, answer: object | string, code = 0): void {
    const data = Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer));
    const all = code === 0 ? undefined : headers(code, 'none');
    this.hear(null, { subject: this.replies[nth], data, headers: all } as unknown as Msg);
  }

  close(): void {
    this.endStatus();
  }
}

describe('publications', () => {
  let line: Line;
  let publications: Publications;

  beforeEach(() => {
    jest.useFakeTimers();
    told.length = 0;
    line = new Line();
    publications = new Publications(line.connection, ({ sequence }, error) =>
      told.push(error ? `${sequence}: ${error.constructor.name}: ${error.message}` : `${sequence}`),
    );
    for (const sequence of [7, 8, 9])
      publications.send({ subject: 's', headers: headers(), body: Buffer.from('x'), sequence });
  });
  afterEach(() => {
    publications.close();
    jest.useRealTimers();
  });

  it('are acknowledged at their sequences, each once', () => {
    line.answer(1, { stream: 'S', seq: 8 });
    line.answer(0, { stream: 'S', seq: 7 });
    line.answer(0, { stream: 'S', seq: 7 });
    expect(told).toEqual(['8', '7']);
  });

  it.each([
    ['another place', { stream: 'S', seq: 11 }, 'OvertakenError: It has this event at 11.'],
    ['a repeat', { stream: 'S', seq: 7, duplicate: true }, 'OvertakenError: It has this event at 7.'],
    [
      'a stream that has gone on',
      { error: { code: 400, err_code: 10_071, description: 'wrong last sequence: 9' } },
      'OvertakenError: wrong last sequence: 9',
    ],
    [
      'another error',
      { error: { code: 503, err_code: 10_077, description: 'maximum bytes exceeded' } },
      'JetStreamApiError: maximum bytes exceeded',
    ],
    ['no JSON', 'hello', 'Error: the broker has answered with something else than JSON'],
  ])('fail after %s', (_what, answer, expected) => {
    line.answer(0, answer);
    expect(told).toEqual([`7: ${expected}`]);
  });

  it('fail where nobody takes the subject', () => {
    line.answer(0, '', 503);
    expect(told).toEqual(['7: Error: no stream of the broker takes this subject']);
  });

  it('fail together when the oldest is not acknowledged in time, and what comes afterwards changes nothing', async () => {
    await jest.advanceTimersByTimeAsync(3_000);
    line.answer(0, { stream: 'S', seq: 7 });
    await jest.advanceTimersByTimeAsync(1_900);
    expect(told).toEqual(['7']);
    await jest.advanceTimersByTimeAsync(1_000);
    const late = 'Error: the broker has not acknowledged sequence 8 within 5 s';
    expect(told).toEqual(['7', `8: ${late}`, `9: ${late}`]);
    line.answer(1, { stream: 'S', seq: 8 });
    expect(told).toHaveLength(3);
  });

  it('fail together when the connection is closed', async () => {
    await Promise.resolve();
    line.close();
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    expect(told).toEqual([7, 8, 9].map((each) => `${each}: Error: the connection to the broker is closed`));
  });
});
