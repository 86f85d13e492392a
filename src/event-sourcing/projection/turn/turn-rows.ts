import type { EntityManager } from 'typeorm';
import type { Pace, RowTable } from '../columns/row-table.js';

/** The store of the rows: a table of PostgreSQL, or one in memory for tests. */
export type RowStore<Row extends object> = Pick<
  RowTable<Row>,
  'entity' | 'identify' | 'describe' | 'settle' | 'fetch' | 'write' | 'remove'
>;

/** A handler used a row or a table that its projection does not declare for the event. */
export class UndeclaredRowError extends Error {}

interface Entry<Row> {
  key: Partial<Row>;
  /** Undefined when there is no row. */
  row: Row | undefined;
  /** Whether the table has the row now, before the turn's changes. */
  isStored: boolean;
  isChanged: boolean;
  /** The row as a later turn would read it; another object when PostgreSQL stores it differently. */
  found: Row | undefined;
  /** Whether `found` is up to date with `row`. */
  isFound: boolean;
}

const ABSENT = { row: undefined, found: undefined, isFound: true, isStored: false, isChanged: false };

/** The rows of one table that a turn touches: fetched once, changed in memory, written back once. */
export class TurnRows<Row extends object> {
  private readonly entries = new Map<string, Entry<Row>>();
  private readonly changed: Entry<Row>[] = [];

  /** @param isEmpty whether the table is empty, so that there is nothing to fetch */
  constructor(
    private readonly table: RowStore<Row>,
    private readonly isEmpty = false,
  ) {}

  get changes(): number {
    return this.changed.length;
  }

  /** Rows that `write` will write. */
  get changedRows(): Row[] {
    return this.changed.flatMap(({ row }) => row ?? []);
  }

  /** Keys of the rows that `write` will remove. */
  get removedKeys(): Partial<Row>[] {
    return this.changed.flatMap(({ row, isStored, key }) => (row === undefined && isStored ? key : []));
  }

  /** How many rows are in memory, including those known to be absent from the table. */
  get size(): number {
    return this.entries.size;
  }

  /** Fetches the rows that are not in memory yet. */
  async fetch(manager: EntityManager, keys: readonly Partial<Row>[]): Promise<void> {
    const missing = this.expect(keys);
    if (!this.isEmpty) this.hold(await this.table.fetch(manager, missing));
  }

  /** Declares these rows as touched. @returns the keys of those that were not in memory yet */
  expect(keys: readonly Partial<Row>[]): Partial<Row>[] {
    const missing: Partial<Row>[] = [];
    for (const key of keys) {
      const identity = this.table.identify(key);
      if (this.entries.has(identity)) continue;
      this.entries.set(identity, { key, ...ABSENT });
      missing.push(key);
    }
    return missing;
  }

  /** Adds rows that were expected. */
  hold(rows: readonly Row[]): void {
    for (const row of rows) {
      const entry = this.entryOf(row);
      entry.row = row;
      entry.found = row;
      entry.isStored = true;
    }
  }

  /** Returns the row as a later turn would read it: its values must not depend on where a turn ends. */
  find(key: Partial<Row>): Row | undefined {
    const entry = this.entryOf(key);
    if (!entry.isFound) {
      entry.found = this.table.settle(entry.row!);
      entry.isFound = true;
    }
    return entry.found;
  }

  put(row: Row): void {
    const entry = this.entryOf(row);
    entry.row = row;
    entry.isFound = false;
    this.change(entry);
  }

  remove(key: Partial<Row>): void {
    const entry = this.entryOf(key);
    entry.row = undefined;
    entry.found = undefined;
    entry.isFound = true;
    this.change(entry);
  }

  async write(manager: EntityManager, pace?: Pace): Promise<void> {
    await this.table.remove(manager, this.removedKeys, pace); // first, since another row may take its unique value
    await this.table.write(manager, this.changedRows, pace);
  }

  private change(entry: Entry<Row>): void {
    if (entry.isChanged) return;
    entry.isChanged = true;
    this.changed.push(entry);
  }

  /** A row that was not fetched would seem not to exist, and be overwritten: so this is a defect, not a miss. */
  private entryOf(key: Partial<Row>): Entry<Row> {
    const entry = this.entries.get(this.table.identify(key));
    if (entry !== undefined) return entry;
    throw new UndeclaredRowError(
      `Row ${this.table.describe(key)} of ${this.table.entity.name} was not fetched: the "key" of touches(${this.table.entity.name}, ...) ` +
        'named another one for this event.',
    );
  }
}
