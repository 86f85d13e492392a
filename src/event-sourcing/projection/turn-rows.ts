import type { EntityManager } from 'typeorm';
import type { RowTable } from './row-table.js';

/** The rows of one table that a batch of events touches: fetched once, changed in memory, written back once. */
export class TurnRows<Row extends object> {
  private readonly rows = new Map<string, Row>();
  private readonly fetched = new Set<string>();
  private readonly changed = new Map<string, Row>();

  constructor(private readonly table: RowTable<Row>) {}

  async fetch(manager: EntityManager, keys: readonly Partial<Row>[]): Promise<void> {
    const byIdentity = new Map(keys.map((key) => [this.table.identify(key), key]));
    for (const row of await this.table.fetch(manager, [...byIdentity.values()])) {
      this.rows.set(this.table.identify(row), row);
    }
    for (const identity of byIdentity.keys()) this.fetched.add(identity);
  }

  find(key: Partial<Row>): Row | undefined {
    return this.rows.get(this.knownIdentity(key));
  }

  put(row: Row): void {
    const identity = this.knownIdentity(row);
    this.rows.set(identity, row);
    this.changed.set(identity, row);
  }

  async write(manager: EntityManager): Promise<void> {
    await this.table.write(manager, [...this.changed.values()]);
  }

  /** A row that was not fetched would look as if it did not exist, and be overwritten: that is a defect, not a miss. */
  private knownIdentity(key: Partial<Row>): string {
    const identity = this.table.identify(key);
    if (!this.fetched.has(identity)) {
      throw new Error(
        `Row ${identity} of ${this.table.entity.name} was not fetched: the "key" of touches(${this.table.entity.name}, ...) ` +
          'named another one for this event.',
      );
    }
    return identity;
  }
}
