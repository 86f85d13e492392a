import type { Type } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { DataSource, EntityManager, EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { Build } from './build.js';

/** Rows that one statement writes at most: the text of more would hold up everything else in the process. */
const ROWS_A_STATEMENT = 2_000;
/** The same, of work that is done in small pieces. */
const ROWS_A_PIECE = 40;

/** Decides when a piece of work is done. */
export type Pace = <Result>(work: () => Promise<Result>) => Promise<Result>;

/**
 * One read-model table, driven by its TypeORM entity: fetch by key and write back, one statement each, whatever the
 * number of rows. Keys and rows travel as one JSON parameter that `json_populate_recordset` turns into typed columns
 * (2.3 us a row; 3.4 with `jsonb`, which is built first and then taken apart).
 */
export class RowTable<Row extends object> {
  /** Quoted for SQL, with its schema. */
  readonly name: string;
  /** Of the primary key, quoted. */
  readonly keyColumns: readonly string[];
  /** All that it writes, as the database has them. */
  readonly columnNames: readonly string[];
  private readonly columns: readonly ColumnAccess[];
  private readonly keys: readonly ColumnAccess[];
  private readonly fetchSql: string;
  private readonly writeSql: string;

  constructor(
    readonly entity: Type<Row>,
    metadata: EntityMetadata,
    build: Build,
  ) {
    const { dataSource } = metadata;
    const quote = (name: string) => dataSource.driver.escape(name);
    this.name = tableNameOf(metadata, build).map(quote).join('.');
    this.columns = metadata.columns.map((column) => new ColumnAccess(column, dataSource));
    this.columnNames = this.columns.map(({ name }) => name);
    this.keys = this.columns.filter(({ isKey }) => isKey);
    this.keyColumns = this.keys.map(({ name }) => quote(name));
    const list = (columns: readonly ColumnAccess[], form = (name: string) => name) =>
      columns.map((column) => form(quote(column.name))).join(', ');
    const others = this.columns.filter(({ isKey }) => !isKey);
    // The type of the living table: both have the same columns, and this one is there before any rebuild.
    const type = `null::${tableNameOf(metadata, 'live').map(quote).join('.')}`;
    this.fetchSql = `
      select ${list(this.columns, (name) => `stored.${name}`)}
        from (select ${list(this.keys)} from json_populate_recordset(${type}, $1) offset 0) as touched
        join ${this.name} as stored using (${list(this.keys)})`;
    this.writeSql = `
      insert into ${this.name} (${list(this.columns)})
      select ${list(this.columns)} from json_populate_recordset(${type}, $1)
      on conflict (${list(this.keys)})
      do ${others.length > 0 ? `update set ${list(others, (name) => `${name} = excluded.${name}`)}` : 'nothing'}`;
  }

  /** A row's primary key as one string, for look-ups: several times an event, so it is not pretty. */
  identify(row: Partial<Row>): string {
    const [first, ...others] = this.keys;
    let identity = String(first!.get(row));
    for (const key of others) identity = `${identity.length}:${identity}${String(key.get(row))}`;
    return identity;
  }

  /** A row's primary key as people read it: its value, or those of several columns as a JSON array. */
  describe(row: Partial<Row>): string {
    const values = this.keys.map((key) => key.get(row));
    return values.length === 1 ? String(values[0]) : JSON.stringify(values);
  }

  /** Primary keys as `json_populate_recordset` reads them. */
  keyRecords(keys: readonly Partial<Row>[]): Record<string, unknown>[] {
    return toRecords(keys, this.keys);
  }

  async fetch(manager: EntityManager, keys: readonly Partial<Row>[]): Promise<Row[]> {
    if (keys.length === 0) return [];
    const found: Record<string, unknown>[] = await manager.query(this.fetchSql, [toJson(keys, this.keys)]);
    return found.map((record) => {
      const row = new this.entity();
      for (const column of this.columns) column.set(row, record[column.name]);
      return row;
    });
  }

  async write(manager: EntityManager, rows: readonly Row[], pace?: Pace): Promise<void> {
    const size = pace ? ROWS_A_PIECE : ROWS_A_STATEMENT;
    for (let from = 0; from < rows.length; from += size) {
      const write = () => manager.query(this.writeSql, [toJson(rows.slice(from, from + size), this.columns)]);
      await (pace ? pace(write) : write());
    }
  }
}

/** Schema, if the entity has one, and name. */
function tableNameOf(metadata: EntityMetadata, build: Build): string[] {
  const path = metadata.tablePath.split('.');
  const table = path.pop()!;
  return [...path, build === 'live' ? table : rebuildNameOf(table)];
}

/** PostgreSQL cuts names off after 63 bytes. */
export function rebuildNameOf(name: string): string {
  const full = `rebuild_of_${name}`;
  if (Buffer.byteLength(full) <= 63) return full;
  return `rebuild_of_${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

/** A column of an entity: plain properties are read and written directly, which is most of what a fold does with them. */
class ColumnAccess {
  readonly name: string;
  readonly isKey: boolean;
  private readonly isPlain: boolean;
  private readonly property: string;

  constructor(
    private readonly column: ColumnMetadata,
    private readonly dataSource: DataSource,
  ) {
    this.name = column.databaseName;
    this.isKey = column.isPrimary;
    this.property = column.propertyName;
    this.isPlain = column.transformer === undefined && column.embeddedMetadata === undefined;
  }

  get(row: object): unknown {
    return this.isPlain
      ? (row as Record<string, unknown>)[this.property]
      : this.column.getEntityValue(row, true);
  }

  set(row: object, stored: unknown): void {
    const value: unknown = this.dataSource.driver.prepareHydratedValue(stored, this.column);
    if (this.isPlain) (row as Record<string, unknown>)[this.property] = value;
    else this.column.setEntityValue(row, value);
  }
}

const toJson = (rows: readonly object[], columns: readonly ColumnAccess[]): string =>
  JSON.stringify(toRecords(rows, columns));

function toRecords(rows: readonly object[], columns: readonly ColumnAccess[]): Record<string, unknown>[] {
  return rows.map((row) => {
    const record: Record<string, unknown> = {};
    for (const column of columns) record[column.name] = spellOutInfinity(column.get(row));
    return record;
  });
}

/** JSON has no infinity, and would make it null; PostgreSQL reads the word. */
function spellOutInfinity(value: unknown): unknown {
  return value === Infinity || value === -Infinity ? String(value) : value;
}
