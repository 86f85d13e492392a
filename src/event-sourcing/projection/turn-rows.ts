import type { EntityManager } from 'typeorm';
import type { Pace, RowTable } from './row-table.js';

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
    private readonly table: RowTable<Row>,
    private readonly isEmpty = false,
  ) {}

  get changes(): number {
    return this.changed.length;
  }

  /** Rows that are in memory, with those that are known not to be in the table. */
  get size(): number {
    return this.entries.size;
  }

  /** Fetches those of the rows that are not here yet. */
  async fetch(manager: EntityManager, keys: readonly Partial<Row>[]): Promise<void> {
    const missing: Partial<Row>[] = [];
    for (const key of keys) {
      const identity = this.table.identify(key);
      if (this.entries.has(identity)) continue;
      this.entries.set(identity, { row: undefined, isChanged: false });
      missing.push(key);
    }
    if (this.isEmpty) return;
    for (const row of await this.table.fetch(manager, missing)) this.entryOf(row).row = row;
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
    await this.table.write(
      manager,
      this.changed.map(({ row }) => row!),
      pace,
    );
  }

  /** A row that was not fetched would look as if it did not exist, and be overwritten: that is a defect, not a miss. */
  private entryOf(key: Partial<Row>): Entry<Row> {
    const entry = this.entries.get(this.table.identify(key));
    if (entry !== undefined) return entry;
    throw new Error(
      `Row ${this.table.describe(key)} of ${this.table.entity.name} was not fetched: the "key" of touches(${this.table.entity.name}, ...) ` +
        'named another one for this event.',
    );
  }
}
