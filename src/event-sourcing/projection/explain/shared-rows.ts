import type { LinkedTable } from './key-links.js';

/** Most rows of other keys that are remembered. */
const MAX_OTHERS = 200_000;

interface Sharing {
  /** From this event on, a row of the key is not made by the key's events alone. */
  position: number;
  reason: string;
}

/**
 * Finds out whether events of other keys touch the rows of a key, which a projection must not do and yet may. It is
 * asked only about tables whose link with the key is unknown, and sees every event in order.
 */
export class SharedRows {
  found: Sharing | undefined;
  private readonly own = new Set<string>();
  private readonly others = new Set<string>();

  get size(): number {
    return this.own.size + this.others.size;
  }

  /** @param touched the rows that an event touches in the table */
  ofKey(table: LinkedTable, touched: readonly object[], position: number): void {
    for (const row of touched) {
      const identity = identityOf(table, row);
      this.own.add(identity);
      if (this.others.has(identity)) this.tell(table, row, position);
    }
  }

  /** @param key the other key */
  ofOther(table: LinkedTable, touched: readonly object[], position: number, key: string): void {
    if (this.found !== undefined) return;
    for (const row of touched) {
      const identity = identityOf(table, row);
      if (this.own.has(identity)) return this.tell(table, row, position, key);
      if (this.others.size < MAX_OTHERS) this.others.add(identity);
      else return this.tellTooMany(table, position);
    }
  }

  private tell({ table }: LinkedTable, row: object, position: number, key?: string): void {
    const by = key === undefined ? 'another key' : `the key "${key}"`;
    this.found ??= {
      position,
      reason:
        `Events of ${by} touch the row ${table.describe(row)} of ${table.entity.name}, too. From position ` +
        `${position} on, the events of one key do not tell the row.`,
    };
  }

  private tellTooMany({ table }: LinkedTable, position: number): void {
    this.found = {
      position,
      reason:
        `The rows of ${table.entity.name} are not linked with the key by their primary key, and more than ` +
        `${MAX_OTHERS.toLocaleString('en')} rows of other keys came before position ${position}. From there on it is ` +
        'not known whether events of other keys touch the rows of this key.',
    };
  }
}

const identityOf = ({ table }: LinkedTable, row: object) => `${table.name} ${table.identify(row)}`;
