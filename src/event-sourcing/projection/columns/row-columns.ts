import type { Type } from '@nestjs/common';
import type { EntityMetadata } from 'typeorm';
import { dataSourceOf } from '../../postgres/data-source-of.js';
import { EntityColumn } from './entity-column.js';
import { requireSupported } from './unsupported-column.js';

/** Stands for a key that no row can have: PostgreSQL has no such text. */
const NO_KEY = '\0';

/**
 * The columns of an entity that a turn reads and writes. Columns that the database computes (`generatedType`,
 * `@VirtualColumn`) are left to the database: a handler never sees them.
 */
export class RowColumns<Row extends object> {
  readonly all: readonly EntityColumn[];
  readonly keys: readonly EntityColumn[];
  private readonly hasBehaviour: boolean;

  /** @throws UnsupportedColumnError */
  constructor(
    readonly entity: Type<Row>,
    metadata: EntityMetadata,
  ) {
    const { driver } = dataSourceOf(metadata);
    const stored = metadata.columns.filter(({ isVirtualProperty }) => !isVirtualProperty);
    for (const column of stored) requireSupported(column, driver);
    this.all = stored
      .filter(({ asExpression }) => asExpression === undefined)
      .map((column) => new EntityColumn(column, driver));
    this.keys = this.all.filter(({ isKey }) => isKey);
    this.hasBehaviour = hasBehaviour(entity);
  }

  /**
   * A row's primary key as one string, for look-ups. It is made several times an event, so it is fast and not pretty.
   */
  identify(row: Partial<Row>): string {
    const [first, ...others] = this.keys;
    let identity = String(first!.keyOf(row) ?? NO_KEY);
    for (const key of others) identity = `${identity.length}:${identity}${String(key.keyOf(row) ?? NO_KEY)}`;
    return identity;
  }

  /** A row's primary key for people: its value, or a JSON array when it has several columns. */
  describe(row: Partial<Row>): string {
    const values = this.keys.map((key) => key.keyOf(row));
    return values.length === 1 ? String(values[0]) : JSON.stringify(values);
  }

  /** The row as a later turn will read it; the same object when it is the same. */
  settle(row: Row): Row {
    if (this.hasBehaviour && !(row instanceof this.entity)) return this.copySettled(row);
    for (const column of this.all) if (!column.isSettled(row)) return this.copySettled(row);
    return row;
  }

  copySettled(row: Row): Row {
    const copy = new this.entity();
    for (const column of this.all) column.copySettled(copy, row);
    return copy;
  }

  /** For `json_populate_recordset`. */
  toJson(rows: readonly Partial<Row>[], columns: readonly EntityColumn[]): string {
    return JSON.stringify(this.toRecords(rows, columns));
  }

  toRecords(rows: readonly Partial<Row>[], columns: readonly EntityColumn[]): Record<string, unknown>[] {
    return rows.map((row) => {
      const record: Record<string, unknown> = {};
      for (const column of columns) record[column.name] = column.jsonOf(row);
      return record;
    });
  }

  /** @param json the JSON of all columns, in their order */
  fromJson(json: readonly unknown[]): Row {
    const row = new this.entity();
    for (const [index, column] of this.all.entries()) column.setJson(row, json[index]);
    return row;
  }
}

/** Whether a class has methods or accessors, which an object literal lacks. */
function hasBehaviour({ prototype }: Type<object>): boolean {
  for (
    let each: object | null = prototype as object;
    each !== null && each !== Object.prototype;
    each = Object.getPrototypeOf(each) as object | null
  ) {
    if (Object.getOwnPropertyNames(each).length > 1) return true;
  }
  return false;
}
