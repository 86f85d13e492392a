import type { Type } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { EntityManager, EntityMetadata } from 'typeorm';
import { dataSourceOf } from '../../postgres/data-source-of.js';
import type { Build } from '../build.js';
import type { EntityColumn } from './entity-column.js';
import { RowColumns } from './row-columns.js';
import { writeFailure } from './table-misfit.js';

/** Most rows that one statement writes: a longer text would hold up everything else in the process. */
const ROWS_A_STATEMENT = 2_000;
/** The same for work that is done in small pieces. */
const ROWS_A_PIECE = 40;

/** Decides when a piece of work runs. */
export type Pace = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Most arguments of a function in PostgreSQL. */
const MAX_ARGUMENTS = 100;

/**
 * One table of a read model, described by its TypeORM entity. It fetches rows by key and writes them back with one
 * statement each, whatever the number of rows. Keys and rows are sent as one JSON parameter that
 * `json_populate_recordset` turns into typed columns (2.3 us a row; 3.4 with `jsonb`, which is built first and then
 * taken apart). A row comes back as one JSON array.
 */
export class RowTable<Row extends object> {
  /** Quoted for SQL, with its schema. */
  readonly name: string;
  /** The columns of the primary key, quoted. */
  readonly keyColumns: readonly string[];
  /** The columns that it writes, as the database names them. */
  readonly columnNames: readonly string[];
  /** The same columns, quoted. */
  readonly quotedColumns: readonly string[];
  /** SQL for a row with the alias `stored`, as the text of a JSON array in the order of `columnNames`. */
  readonly rowAsJson: string;
  readonly columns: RowColumns<Row>;
  private readonly fetchSql: string;
  private readonly writeSql: string;
  private readonly removeSql: string;

  /** @throws UnsupportedColumnError */
  constructor(
    readonly entity: Type<Row>,
    metadata: EntityMetadata,
    build: Build,
  ) {
    const quote = (name: string) => dataSourceOf(metadata).driver.escape(name);
    const columns = new RowColumns(entity, metadata);
    this.columns = columns;
    this.name = tableNameOf(metadata, build).map(quote).join('.');
    this.columnNames = columns.all.map(({ name }) => name);
    this.quotedColumns = this.columnNames.map(quote);
    this.keyColumns = columns.keys.map(({ name }) => quote(name));
    this.rowAsJson = jsonArray(columns.all.map((column) => column.select(`stored.${quote(column.name)}`)));
    // The type of the living table: both tables have the same columns, and this one exists before any rebuild.
    const type = `null::${tableNameOf(metadata, 'live').map(quote).join('.')}`;
    const [keys, all] = [this.keyColumns.join(', '), this.quotedColumns.join(', ')];
    const touched = `(select ${keys} from json_populate_recordset(${type}, $1) offset 0) as touched`;
    const others = this.quotedColumns.filter((name) => !this.keyColumns.includes(name));
    this.fetchSql = `select ${this.rowAsJson} as row from ${touched} join ${this.name} as stored using (${keys})`;
    this.writeSql = `
      insert into ${this.name} (${all})
      select ${all} from json_populate_recordset(${type}, $1)
      on conflict (${keys})
      do ${others.length > 0 ? `update set ${others.map((name) => `${name} = excluded.${name}`).join(', ')}` : 'nothing'}`;
    this.removeSql = `
      delete from ${this.name} as stored using ${touched}
       where ${this.keyColumns.map((name) => `stored.${name} = touched.${name}`).join(' and ')}`;
  }

  /** A row's primary key as one string: the same for keys that PostgreSQL considers equal. */
  identify(row: Partial<Row>): string {
    return this.columns.identify(row);
  }

  /** A row's primary key for people. */
  describe(row: Partial<Row>): string {
    return this.columns.describe(row);
  }

  /** The row as a later turn will read it. */
  settle(row: Row): Row {
    return this.columns.settle(row);
  }

  /** Primary keys as `json_populate_recordset` reads them. */
  keyRecords(keys: readonly Partial<Row>[]): Record<string, unknown>[] {
    return this.columns.toRecords(keys, this.columns.keys);
  }

  async fetch(manager: EntityManager, keys: readonly Partial<Row>[]): Promise<Row[]> {
    if (keys.length === 0) return [];
    const json = this.columns.toJson(keys, this.columns.keys);
    const found: { row: string }[] = await manager.query(this.fetchSql, [json]);
    return found.map(({ row }) => this.columns.fromJson(this.valuesIn(row)));
  }

  /** @param row the text of `rowAsJson` @returns the JSON of the columns, in their order */
  valuesIn(row: string): unknown[] {
    const values = JSON.parse(row) as unknown[];
    return this.columnNames.length > MAX_ARGUMENTS ? values.flat() : values;
  }

  /** @throws TableMisfitError when the table takes no row of this entity */
  async write(manager: EntityManager, rows: readonly Row[], pace?: Pace): Promise<void> {
    await this.send(manager, this.writeSql, rows, this.columns.all, pace).catch((error: unknown) => {
      throw writeFailure(this, error);
    });
  }

  async remove(manager: EntityManager, keys: readonly Partial<Row>[], pace?: Pace): Promise<void> {
    await this.send(manager, this.removeSql, keys, this.columns.keys, pace);
  }

  private async send(
    manager: EntityManager,
    sql: string,
    rows: readonly Partial<Row>[],
    columns: readonly EntityColumn[],
    pace: Pace | undefined,
  ): Promise<void> {
    const size = pace ? ROWS_A_PIECE : ROWS_A_STATEMENT;
    for (let from = 0; from < rows.length; from += size) {
      const send = () => manager.query(sql, [this.columns.toJson(rows.slice(from, from + size), columns)]);
      await (pace ? pace(send) : send());
    }
  }
}

/** A JSON array as text, which `pg` returns unchanged. Very many values become an array of arrays. */
function jsonArray(values: readonly string[]): string {
  const parts: string[] = [];
  for (let from = 0; from < values.length; from += MAX_ARGUMENTS) {
    parts.push(`json_build_array(${values.slice(from, from + MAX_ARGUMENTS).join(', ')})`);
  }
  return `${parts.length === 1 ? parts[0]! : jsonArray(parts)}::text`;
}

/** The schema, if the entity has one, and the name. */
function tableNameOf(metadata: EntityMetadata, build: Build): string[] {
  const path = metadata.tablePath.split('.');
  const table = path.pop()!;
  return [...path, build === 'live' ? table : rebuildNameOf(table)];
}

/** The name of the rebuild's table or index. PostgreSQL cuts names after 63 bytes, so a longer one is hashed. */
export function rebuildNameOf(name: string): string {
  const full = `rebuild_of_${name}`;
  if (Buffer.byteLength(full) <= 63) return full;
  return `rebuild_of_${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}
