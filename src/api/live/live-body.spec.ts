import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LiveBody } from './live-body.js';
import { frameOf } from './live-frame.js';

/** Frames of 10 kB: some at once, then none until the iterator is ended. */
function frames(count: number) {
  let end: (result: IteratorResult<Buffer>) => void = () => undefined;
  let left = count;
  return {
    isEnded: false,
    next(): Promise<IteratorResult<Buffer>> {
      if (left-- > 0) return Promise.resolve({ done: false, value: Buffer.alloc(10_000) });
      return new Promise((resolve) => (end = resolve));
    },
    async return(): Promise<IteratorResult<Buffer>> {
      this.isEnded = true;
      end({ done: true, value: undefined });
      return { done: true, value: undefined };
    },
  };
}

describe('the body of a feed', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const open = (source: ReturnType<typeof frames>, until?: Date) => {
    const told = { cut: 0, ended: 0 };
    const body = new LiveBody(source, { until, cut: () => told.cut++, ended: () => told.ended++ });
    return { body, told };
  };
  const bytesOf = (body: LiveBody) => {
    const seen = { bytes: 0, hasEnded: false };
    body.on('data', (chunk: Buffer) => (seen.bytes += chunk.length));
    body.on('end', () => (seen.hasEnded = true));
    return seen;
  };

  it('begins with a comment, and has one every 15 s while nothing comes', async () => {
    const { body, told } = open(frames(0));
    const seen = bytesOf(body);
    await jest.advanceTimersByTimeAsync(14_000);
    expect(seen.bytes).toBe(3);
    await jest.advanceTimersByTimeAsync(17_000);
    expect(seen.bytes).toBe(9);
    expect(told).toEqual({ cut: 0, ended: 0 });
    body.destroy();
  });

  it('asks for no more than its client takes, and is cut when that is nothing for long', async () => {
    const source = frames(100);
    const { body, told } = open(source);
    body.read(0); // the client asks, and takes nothing
    await jest.advanceTimersByTimeAsync(14_000);
    expect(body.readableLength).toBeLessThan(30_000);
    expect(told.cut).toBe(0);
    await jest.advanceTimersByTimeAsync(17_000);
    expect(told.cut).toBeGreaterThan(0);
    body.destroy();
    expect(source.isEnded).toBe(true);
    expect(told.ended).toBe(1);
  });

  it('ends in order at its time, and asks for nothing then', async () => {
    const source = frames(1);
    const { body, told } = open(source, new Date(Date.now() + 5_000));
    const seen = bytesOf(body);
    await jest.advanceTimersByTimeAsync(4_000);
    expect(seen).toEqual({ bytes: 10_003, hasEnded: false });
    await jest.advanceTimersByTimeAsync(1_000);
    expect(seen.hasEnded).toBe(true);
    expect(source.isEnded).toBe(true);
    expect(told).toEqual({ cut: 0, ended: 1 });
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('a frame', () => {
  it('has id, event and data in a line each, and an empty line behind them', () => {
    const frame = frameOf({ id: 7, event: 'changed', data: '{"a":"\\n"}' });
    expect(frame.toString()).toBe('id: 7\nevent: changed\ndata: {"a":"\\n"}\n\n');
  });
});
