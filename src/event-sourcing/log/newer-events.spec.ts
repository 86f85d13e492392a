import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { ResolvedOptions } from '../options.js';
import type { PreparedQueries } from '../postgres/prepared-queries.js';
import { NewerEvents } from './newer-events.js';

/** A log of streams with these versions, which answers after a while. It counts its statements. */
function logOf(versions: Record<string, number>) {
  const statements: string[][] = [];
  let failure: Error | undefined;
  const query = async (_sql: string, [streams, after]: [string[], number[]]) => {
    statements.push(streams);
    await sleep(1);
    if (failure !== undefined) throw failure;
    const newer = streams.flatMap((stream, index) =>
      (versions[stream] ?? 0) > after[index]! ? [index + 1] : [],
    );
    return newer.map((nth) => ({ nth }));
  };
  const newer = new NewerEvents({ query } as unknown as PreparedQueries, new ResolvedOptions({}));
  return { newer, statements, versions, fail: (error?: Error) => (failure = error) };
}

describe('NewerEvents', () => {
  it('tells for each stream whether it has events after a version', async () => {
    const { newer } = logOf({ a: 2, b: 1 });
    const asked = [newer.areThere('a', 1), newer.areThere('a', 2), newer.areThere('b', 1)];
    await expect(Promise.all(asked)).resolves.toEqual([true, false, false]);
  });

  it('asks at once for one caller, and once for all who come meanwhile', async () => {
    const { newer, statements } = logOf({ a: 1 });
    const first = newer.areThere('a', 1);
    const others = Array.from({ length: 200 }, () => newer.areThere('a', 1));
    expect(statements).toHaveLength(1);
    await Promise.all([first, ...others]);
    expect(statements.map(({ length }) => length)).toEqual([1, 200]);
  });

  it('answers with what was there after the question, not with an earlier answer', async () => {
    const { newer, versions } = logOf({ a: 1 });
    const before = newer.areThere('a', 1);
    versions.a = 2;
    await expect(newer.areThere('a', 1)).resolves.toBe(true);
    await before;
  });

  it('gives a failure to those whose question it was, and answers the next', async () => {
    const { newer, fail } = logOf({ a: 1 });
    fail(new Error('away'));
    const asked = [newer.areThere('a', 1), newer.areThere('a', 1)];
    for (const each of asked) await expect(each).rejects.toThrow('away');
    fail();
    await expect(newer.areThere('a', 1)).resolves.toBe(false);
  });
});
