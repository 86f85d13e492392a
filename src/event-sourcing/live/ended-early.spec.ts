import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { endedEarly } from './ended-early.js';

/** One value, then a wait that only the signal ends. */
async function* oneThenNone(signal: AbortSignal) {
  yield 1;
  if (!signal.aborted) await once(signal, 'abort');
}

describe('an iterator that is ended early', () => {
  it('ends a call of next that waits', async () => {
    const values = endedEarly(oneThenNone);
    expect(await values.next()).toEqual({ done: false, value: 1 });
    const waiting = values.next();
    await values.return!();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await values.next()).toEqual({ done: true, value: undefined });
  });

  it('ends when the signal of its caller aborts', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    for await (const value of endedEarly(oneThenNone, [controller.signal])) {
      seen.push(value);
      controller.abort();
    }
    expect(seen).toEqual([1]);
  });

  it('ends at once when the signal has aborted before', async () => {
    const waits = async function* (signal: AbortSignal) {
      if (!signal.aborted) await once(signal, 'abort');
      yield* [];
    };
    const values = endedEarly(waits, [AbortSignal.abort()]);
    expect(await values.next()).toEqual({ done: true, value: undefined });
  });
});
