import type { Statements } from '../../postgres/database.js';
import type { RowTable } from '../columns/row-table.js';

/** A row as PostgreSQL stores it, as the text of a JSON array in the order of the table's columns. */
export interface StoredRow {
  image: string;
}

/** A row by the names of its columns. `bigint` and `numeric` are texts, since a number of JSON would be rounded. */
export type RowImage = Record<string, unknown>;

/** Most rows of one statement. */
const ROWS_A_STATEMENT = 1_000;

/** Makes PostgreSQL write rows the same way in every session, until the transaction ends. */
export const writeRowsAlike = (statements: Statements): Promise<unknown> =>
  statements.query(
    `select set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, MDY', true),
            set_config('extra_float_digits', '1', true), set_config('bytea_output', 'hex', true)`,
  );

/**
 * The images of rows that no table has: PostgreSQL converts each value as it would when it stores the row.
 *
 * @param records rows as JSON texts, by the names of their columns
 */
export async function imagesOf(
  statements: Statements,
  table: RowTable<any>,
  records: readonly string[],
): Promise<string[]> {
  const images: string[] = [];
  for (let from = 0; from < records.length; from += ROWS_A_STATEMENT) {
    // The function returns the rows in the order of the array.
    const rows = await statements.query<StoredRow[]>(
      `select ${table.rowAsJson} as image from json_populate_recordset(null::${table.name}, $1) as stored`,
      [`[${records.slice(from, from + ROWS_A_STATEMENT).join(',')}]`],
    );
    images.push(...rows.map(({ image }) => image));
  }
  return images;
}

export const recordOf = (table: RowTable<any>, row: object): string =>
  JSON.stringify(table.columns.toRecords([row], table.columns.all)[0]);

export function byColumn(table: RowTable<any>, image: string): RowImage {
  const values = table.valuesIn(image);
  return Object.fromEntries(table.columnNames.map((name, number) => [name, values[number]]));
}

/** The primary key in an image, by the names of its columns. */
export function keyIn(table: RowTable<any>, image: RowImage): RowImage {
  return Object.fromEntries(table.columns.keys.map(({ name }) => [name, image[name]]));
}

/** The primary key in an image, as one string. */
export const identityIn = (table: RowTable<any>, image: string): string =>
  table.identify(table.columns.fromJson(table.valuesIn(image)));
