import type { Statements } from '../../postgres/database.js';
import type { RowTable } from '../columns/row-table.js';
import type { LinkedTable } from './key-links.js';
import type { StoredRow } from './row-image.js';

/** The living rows of a key in a linked table, by their primary keys; undefined when the key tells none. */
export async function selectRowsOfKey(
  statements: Statements,
  { table, link }: LinkedTable,
  key: string,
  limit: number,
): Promise<StoredRow[] | undefined> {
  const record = recordOf(table, link, key);
  if (record === undefined) return undefined;
  if (Object.keys(record).length === 0) return [];
  const quoted = (name: string) => table.quotedColumns[table.columnNames.indexOf(name)]!;
  const given = (column: string) =>
    `stored.${column} = (select ${column} from json_populate_recordset(null::${table.name}, $1))`;
  return statements.query<StoredRow[]>(
    `select ${table.rowAsJson} as image from ${table.name} as stored
      where ${Object.keys(record)
        .map((name) => given(quoted(name)))
        .join(' and ')}
      order by ${table.keyColumns.map((column) => `stored.${column}`).join(', ')} limit $2`,
    [JSON.stringify([record]), limit],
  );
}

/** The living rows with these primary keys. */
export function selectRowsAt(
  statements: Statements,
  table: RowTable<any>,
  keys: readonly object[],
): Promise<StoredRow[]> {
  const columns = table.keyColumns.join(', ');
  return statements.query<StoredRow[]>(
    `select ${table.rowAsJson} as image
       from (select ${columns} from json_populate_recordset(null::${table.name}, $1) offset 0) as touched
       join ${table.name} as stored using (${columns})
      order by ${table.keyColumns.map((column) => `stored.${column}`).join(', ')}`,
    [JSON.stringify(table.keyRecords(keys))],
  );
}

/** The columns that the key gives, as JSON by name; none when no row can have the key. */
function recordOf(
  table: RowTable<any>,
  link: LinkedTable['link'],
  key: string,
): Record<string, unknown> | undefined {
  if (link.kind === 'column') {
    const row = {};
    link.column.metadata.setEntityValue(row, key);
    return { [link.column.name]: link.column.jsonOf(row) };
  }
  if (link.kind !== 'primary-key') return undefined;
  const { keys } = table.columns;
  const values = keys.length === 1 ? [key] : listIn(key);
  if (values?.length !== keys.length) return {};
  return Object.fromEntries(keys.map(({ name }, number) => [name, values[number]]));
}

function listIn(key: string): unknown[] | undefined {
  try {
    const parsed: unknown = JSON.parse(key);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
