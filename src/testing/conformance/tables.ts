import type { Folding, RowTable } from '../../event-sourcing/for-testing.js';
import type { TestDatabase } from '../test-database.js';

type Row = Record<string, unknown>;

/** The rows of one table of a projection, by their primary key. */
export interface TableRows {
  projection: string;
  table: string;
  columns: readonly string[];
  rows: ReadonlyMap<string, Row>;
}

/** The rows that the projections have folded. Only columns of the entities: a projection writes no others. */
export async function readTables(
  database: Pick<TestDatabase, 'query'>,
  foldings: readonly Folding[],
): Promise<TableRows[]> {
  const tables: TableRows[] = [];
  for (const folding of foldings) {
    for (const { table } of folding.tables('live'))
      tables.push(await readTable(database, folding.name, table));
  }
  return tables;
}

async function readTable(
  database: Pick<TestDatabase, 'query'>,
  projection: string,
  table: RowTable<any>,
): Promise<TableRows> {
  const { name, keyColumns, columnNames, rowAsJson } = table;
  const rowIn = (json: string): Row =>
    Object.fromEntries(table.valuesIn(json).map((value, index) => [columnNames[index]!, value]));
  const found = await database.query<{ key: string; row: string }>(
    `select json_build_array(${keyColumns.join(', ')})::text as key, ${rowAsJson} as row
       from ${name} as stored order by ${keyColumns.join(', ')}`,
  );
  return {
    projection,
    table: name.replaceAll('"', ''),
    columns: columnNames,
    rows: new Map(found.map(({ key, row }) => [keyIn(key), rowIn(row)])),
  };
}

function keyIn(json: string): string {
  const key = JSON.parse(json) as unknown[];
  return key.length === 1 ? String(key[0]) : json;
}

export interface RowDifference {
  projection: string;
  table: string;
  key: string;
  column?: string;
  expected: unknown;
  actual: unknown;
}

/** The first table, key and column that differ; undefined when all are equal. */
export function firstDifference(
  expected: readonly TableRows[],
  actual: readonly TableRows[],
): RowDifference | undefined {
  for (const [index, { projection, table, columns, rows }] of expected.entries()) {
    const others = actual[index]!.rows;
    for (const key of new Set([...rows.keys(), ...others.keys()])) {
      const [wanted, found] = [rows.get(key), others.get(key)];
      const place = { projection, table, key };
      if (wanted === undefined || found === undefined) return { ...place, expected: wanted, actual: found };
      const column = columns.find((each) => JSON.stringify(wanted[each]) !== JSON.stringify(found[each]));
      if (column !== undefined) return { ...place, column, expected: wanted[column], actual: found[column] };
    }
  }
  return undefined;
}
