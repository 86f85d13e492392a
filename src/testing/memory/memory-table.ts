import type { Type } from '@nestjs/common';
import { copyOfRow, metadataOf, RowColumns, type RowStore } from '../../event-sourcing/for-testing.js';

/**
 * The rows of one entity without a database, for tests of a projection. The table stores and returns copies. They have
 * only the columns of the entity, with values in the form in which a later turn would read them from PostgreSQL.
 */
export class MemoryTable<Row extends object> implements RowStore<Row> {
  /** The properties of the entity that have columns. */
  readonly columns: readonly string[];
  private readonly rowColumns: RowColumns<Row>;
  private readonly stored = new Map<string, Row>();

  /** @throws UnsupportedColumnError */
  constructor(readonly entity: Type<Row>) {
    this.rowColumns = new RowColumns(entity, metadataOf(entity));
    this.columns = this.rowColumns.all.map(({ property }) => property);
  }

  identify(row: Partial<Row>): string {
    return this.rowColumns.identify(row);
  }

  describe(row: Partial<Row>): string {
    return this.rowColumns.describe(row);
  }

  settle(row: Row): Row {
    return this.rowColumns.settle(row);
  }

  /** All rows, by their key. */
  get rows(): Row[] {
    return [...this.stored.keys()].toSorted().map((key) => this.copy(this.stored.get(key)!));
  }

  find(keys: readonly Partial<Row>[]): Row[] {
    const found = keys.map((key) => this.stored.get(this.identify(key)));
    return found.filter((row) => row !== undefined).map((row) => this.copy(row));
  }

  put(rows: readonly Row[]): void {
    for (const row of rows) this.stored.set(this.identify(row), this.copy(row));
  }

  delete(keys: readonly Partial<Row>[]): void {
    for (const key of keys) this.stored.delete(this.identify(key));
  }

  clear(): void {
    this.stored.clear();
  }

  fetch(_manager: unknown, keys: readonly Partial<Row>[]): Promise<Row[]> {
    return Promise.resolve(this.find(keys));
  }

  write(_manager: unknown, rows: readonly Row[]): Promise<void> {
    this.put(rows);
    return Promise.resolve();
  }

  remove(_manager: unknown, keys: readonly Partial<Row>[]): Promise<void> {
    this.delete(keys);
    return Promise.resolve();
  }

  private copy(row: Row): Row {
    return copyOfRow(this.rowColumns, row);
  }
}
