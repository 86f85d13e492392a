import type { Type } from '@nestjs/common';
import type { DataSource, EntityManager, EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';

/**
 * One read-model table, driven by its TypeORM entity: fetch by key and write back, one statement each, whatever the
 * number of rows. Keys and rows travel as one JSON parameter that `jsonb_populate_recordset` turns into
 * typed columns.
 */
export class RowTable<Row extends object> {
  private readonly metadata: EntityMetadata;
  private readonly fetchSql: string;
  private readonly writeSql: string;
  private readonly clearSql: string;

  constructor(
    private readonly dataSource: DataSource,
    readonly entity: Type<Row>,
  ) {
    this.metadata = dataSource.getMetadata(entity);
    const table = this.metadata.tablePath
      .split('.')
      .map((part) => dataSource.driver.escape(part))
      .join('.');
    const name = (column: ColumnMetadata) => dataSource.driver.escape(column.databaseName);
    const columns = this.metadata.columns.map(name);
    const keys = this.metadata.primaryColumns.map(name);
    const others = this.metadata.columns
      .filter((column) => !column.isPrimary)
      .map((column) => `${name(column)} = excluded.${name(column)}`);
    this.fetchSql = `
      select ${columns.map((column) => `stored.${column}`).join(', ')}
        from (select ${keys.join(', ')} from jsonb_populate_recordset(null::${table}, $1) offset 0) as touched
        join ${table} as stored using (${keys.join(', ')})`;
    this.writeSql = `
      insert into ${table} (${columns.join(', ')})
      select ${columns.join(', ')} from jsonb_populate_recordset(null::${table}, $1)
      on conflict (${keys.join(', ')}) do ${others.length > 0 ? `update set ${others.join(', ')}` : 'nothing'}`;
    this.clearSql = `truncate ${table}`;
  }

  /** A row's primary key as one string. */
  identify(row: Partial<Row>): string {
    const values = this.metadata.primaryColumns.map((column) => column.getEntityValue(row));
    return values.length === 1 ? String(values[0]) : JSON.stringify(values);
  }

  async fetch(manager: EntityManager, keys: readonly Partial<Row>[]): Promise<Row[]> {
    if (keys.length === 0) return [];
    const found: Record<string, unknown>[] = await manager.query(this.fetchSql, [
      this.toJson(keys, this.metadata.primaryColumns),
    ]);
    return found.map((record) => this.toRow(record));
  }

  async write(manager: EntityManager, rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    await manager.query(this.writeSql, [this.toJson(rows, this.metadata.columns)]);
  }

  /** Removes every row, within the transaction. */
  async clear(manager: EntityManager): Promise<void> {
    await manager.query(this.clearSql);
  }

  private toJson(rows: readonly Partial<Row>[], columns: readonly ColumnMetadata[]): string {
    const records = rows.map((row) => {
      const record: Record<string, unknown> = {};
      for (const column of columns) {
        record[column.databaseName] = spellOutInfinity(column.getEntityValue(row, true));
      }
      return record;
    });
    return JSON.stringify(records);
  }

  private toRow(record: Record<string, unknown>): Row {
    const row = new this.entity();
    for (const column of this.metadata.columns) {
      const value = this.dataSource.driver.prepareHydratedValue(record[column.databaseName], column);
      column.setEntityValue(row, value);
    }
    return row;
  }
}

/** JSON has no infinity, and would make it null; PostgreSQL reads the word. */
function spellOutInfinity(value: unknown): unknown {
  return value === Infinity || value === -Infinity ? String(value) : value;
}
