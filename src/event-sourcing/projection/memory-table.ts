import type { Type } from '@nestjs/common';
import { getMetadataArgsStorage } from 'typeorm';
import type { RowStore } from './turn-rows.js';

/**
 * The rows of one entity without a database, for tests of a projection. What is put in or taken out is a copy, with the
 * columns of the entity alone, `null` for those that were left out, as PostgreSQL would have it.
 */
export class MemoryTable<Row extends object> implements RowStore<Row> {
  /** Properties of the entity that are columns. */
  readonly columns: readonly string[];
  private readonly keys: readonly string[];
  private readonly stored = new Map<string, Row>();

  constructor(readonly entity: Type<Row>) {
    const { columns, embeddeds } = getMetadataArgsStorage();
    const isOurs = ({ target }: { target: Function | string }) =>
      typeof target === 'function' && (target === entity || target.prototype.isPrototypeOf(entity.prototype));
    const own = columns.filter(isOurs);
    this.columns = [...own, ...embeddeds.filter(isOurs)].map(({ propertyName }) => propertyName);
    this.keys = own.filter(({ options }) => options.primary).map(({ propertyName }) => propertyName);
  }

  identify(row: Partial<Row>): string {
    return JSON.stringify(this.keys.map((key) => (row as Record<string, unknown>)[key]));
  }

  describe(row: Partial<Row>): string {
    const values = this.keys.map((key) => (row as Record<string, unknown>)[key]);
    return values.length === 1 ? String(values[0]) : JSON.stringify(values);
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

  private copy(row: Row): Row {
    const copy = new this.entity() as Record<string, unknown>;
    for (const column of this.columns) {
      copy[column] = copied((row as Record<string, unknown>)[column] ?? null);
    }
    return copy as Row;
  }
}

/** All the way down through what JSON has, and dates; anything else is taken for a value. */
function copied(value: unknown): unknown {
  if (value instanceof Date) return new Date(value);
  if (Array.isArray(value)) return value.map(copied);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copied(part)]));
}
