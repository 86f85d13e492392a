import { beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { TurnRows } from './turn-rows.js';

class Counter {
  name: string;
  count: number;
}

/** A table in memory that records each access: one entry is one statement. */
class MemoryTable {
  readonly entity = Counter;
  readonly fetches: string[][] = [];
  readonly writes: Counter[][] = [];
  readonly removals: string[][] = [];

  constructor(private readonly stored: Counter[]) {}

  identify(row: Partial<Counter>): string {
    return row.name!;
  }
  describe(row: Partial<Counter>): string {
    return this.identify(row);
  }

  async fetch(_manager: EntityManager, keys: readonly Partial<Counter>[]): Promise<Counter[]> {
    this.fetches.push(keys.map((key) => key.name!));
    return this.stored.filter(({ name }) => keys.some((key) => key.name === name));
  }

  async write(_manager: EntityManager, rows: readonly Counter[]): Promise<void> {
    if (rows.length > 0) this.writes.push(structuredClone([...rows]));
  }

  async remove(_manager: EntityManager, keys: readonly Partial<Counter>[]): Promise<void> {
    if (keys.length > 0) this.removals.push(keys.map((key) => key.name!));
  }

  /** Converts as a column of integers does. */
  settle(row: Counter): Counter {
    return { name: row.name, count: Number(`${row.count}`) };
  }
}

describe('the rows of a turn', () => {
  const manager = {} as EntityManager;
  let table: MemoryTable;
  let rows: TurnRows<Counter>;

  beforeEach(async () => {
    table = new MemoryTable([
      { name: 'a', count: 1 },
      { name: 'b', count: 2 },
    ]);
    rows = new TurnRows(table);
    await rows.fetch(
      manager,
      ['a', 'new', 'b', 'a', 'a', 'new'].map((name) => ({ name })),
    );
  });

  it('are fetched in one statement, each key once, however often events touch it', () => {
    expect(table.fetches).toEqual([['a', 'new', 'b']]);
  });

  it('are found by key, or are undefined', () => {
    expect(rows.find({ name: 'a' })).toEqual({ name: 'a', count: 1 });
    expect(rows.find({ name: 'new' })).toBeUndefined();
  });

  it('show a change of one event to the next', () => {
    rows.put({ name: 'new', count: 1 });
    const row = rows.find({ name: 'new' })!;
    row.count += 1;
    rows.put(row);
    expect(rows.find({ name: 'new' })).toEqual({ name: 'new', count: 2 });
  });

  it('are written back in one statement, each changed row once with its last values', async () => {
    for (const count of [1, 2, 3]) rows.put({ name: 'new', count });
    rows.put({ name: 'a', count: 10 });
    await rows.write(manager);
    expect(table.writes).toEqual([
      [
        { name: 'new', count: 3 },
        { name: 'a', count: 10 },
      ],
    ]);
  });

  it('are seen after a put as a later turn would read them', () => {
    rows.put({ name: 'new', count: '1' as never });
    expect(rows.find({ name: 'new' })).toEqual({ name: 'new', count: 1 });
  });

  it('are gone after a removal, and back after a put', () => {
    rows.remove({ name: 'a' });
    expect(rows.find({ name: 'a' })).toBeUndefined();
    rows.put({ name: 'a', count: 5 });
    expect(rows.find({ name: 'a' })).toEqual({ name: 'a', count: 5 });
  });

  it('are deleted in one statement, only rows that the table has and that stay removed', async () => {
    rows.put({ name: 'new', count: 1 });
    for (const name of ['a', 'b', 'new']) rows.remove({ name });
    rows.put({ name: 'b', count: 7 });
    await rows.write(manager);
    expect(table).toMatchObject({ removals: [['a']], writes: [[{ name: 'b', count: 7 }]] });
  });

  it('refuse a key that was not fetched, since its row would seem not to exist', () => {
    const complaint = /Row c of Counter was not fetched/;
    expect(() => rows.find({ name: 'c' })).toThrow(complaint);
    expect(() => rows.put({ name: 'c', count: 1 })).toThrow(complaint);
    expect(() => rows.remove({ name: 'c' })).toThrow(complaint);
  });
});
