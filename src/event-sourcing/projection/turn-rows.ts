import type { EntityManager } from 'typeorm';
import type { Pace, RowTable } from './row-table.js';

/** Where the rows are kept: a table of PostgreSQL, or of memory, for tests. */
export type RowStore<Row extends object> = Pick<
  RowTable<Row>,
  'entity' | 'identify' | 'describe' | 'fetch' | 'write'
>;

/** A handler wanted a row, or a table, that its projection does not declare for the event. */
export class UndeclaredRowError extends Error {}

interface Entry<Row> {
  row: Row | undefined;
  isChanged: boolean;
}

/** The rows of one table that a turn touches: fetched once, changed in memory, written back once. */
export class TurnRows<Row extends object> {
  private readonly entries = new Map<string, Entry<Row>>();
  private readonly changed: Entry<Row>[] = [];

  /** @param isEmpty nothing was ever written to the table, so that there is nothing to fetch */
  constructor(
    private readonly table: RowStore<Row>,
    private readonly isEmpty = false,
  ) {}

  get changes(): number {
    return this.changed.length;
  }

  /** What `write` will write. */
  get changedRows(): Row[] {
    return this.changed.map(({ row }) => row!);
  }

  /** Rows that are in memory, with those that are known not to be in the table. */
  get size(): number {
    return this.entries.size;
  }

  /** Fetches those of the rows that are not here yet. */
  async fetch(manager: EntityManager, keys: readonly Partial<Row>[]): Promise<void> {
    const missing = this.expect(keys);
    if (!this.isEmpty) this.hold(await this.table.fetch(manager, missing));
  }

  /** Allows for these rows. @returns the keys of those that were not here yet */
  expect(keys: readonly Partial<Row>[]): Partial<Row>[] {
    const missing: Partial<Row>[] = [];
    for (const key of keys) {
      const identity = this.table.identify(key);
      if (this.entries.has(identity)) continue;
      this.entries.set(identity, { row: undefined, isChanged: false });
      missing.push(key);
    }
    return missing;
  }

  /** Takes in rows that were expected. */
  hold(rows: readonly Row[]): void {
    for (const row of rows) this.entryOf(row).row = row;
  }

  find(key: Partial<Row>): Row | undefined {
    return this.entryOf(key).row;
  }

  put(row: Row): void {
    const entry = this.entryOf(row);
    entry.row = row;
    if (entry.isChanged) return;
    entry.isChanged = true;
    this.changed.push(entry);
  }

  async write(manager: EntityManager, pace?: Pace): Promise<void> {
    await this.table.write(manager, this.changedRows, pace);
  }

  /** A row that was not fetched would look as if it did not exist, and be overwritten: that is a defect, not a miss. */
  private entryOf(key: Partial<Row>): Entry<Row> {
    const entry = this.entries.get(this.table.identify(key));
    if (entry !== undefined) return entry;
    throw new UndeclaredRowError(
      `Row ${this.table.describe(key)} of ${this.table.entity.name} was not fetched: the "key" of touches(${this.table.entity.name}, ...) ` +
        'named another one for this event.',
    );
  }
}
