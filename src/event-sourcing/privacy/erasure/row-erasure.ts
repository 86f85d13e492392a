import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import type { Folding } from '../../projection/declare/folding.js';
import { checkpointsOf } from '../../projection/newest-checkpoints.sql.js';
import type { RowTable } from '../../projection/columns/row-table.js';
import { type PersonalOptions, personalRowsOf } from './personal.decorator.js';

/** A table with personal columns, or with rows about a subject. */
export interface PersonalTable {
  /** Quoted for SQL. */
  table: string;
  /** The column with the subject, quoted. */
  subject: string;
  columns: {
    /** Quoted for SQL. */
    name: string;
    /** As it is in the table. */
    column: string;
    /** What stands there after an erasure. */
    erased: unknown;
  }[];
  /** Whether it is the table of a rebuild, which exists only while there is one. */
  isOfRebuild: boolean;
}

/** The tables of a projection whose entities have a mark (`@Personal`). */
export function personalTablesOf(folding: Folding): PersonalTable[] {
  return (['live', 'rebuild'] as const).flatMap((build) =>
    folding.tables(build).flatMap(({ table }) => personalTable(table, build === 'rebuild')),
  );
}

/** @throws Error when `@Personal` names no property of the entity */
function personalTable(table: RowTable<object>, isOfRebuild: boolean): PersonalTable[] {
  const marks = personalRowsOf(table.entity);
  if (marks === undefined) return [];
  const columnOf = (property: string) => {
    const index = table.columns.all.findIndex((column) => column.metadata.propertyPath === property);
    if (index >= 0) {
      const { metadata } = table.columns.all[index]!;
      return { name: table.quotedColumns[index]!, column: table.columnNames[index]!, metadata };
    }
    throw new Error(`@Personal of ${table.entity.name} names "${property}", which is no column of it.`);
  };
  const columns = [...marks.columns].map(([property, options]) => {
    const { name, column, metadata } = columnOf(property);
    return { name, column, erased: erasedValue(metadata.isNullable, options) };
  });
  return [{ table: table.name, subject: columnOf(marks.subject).name, columns, isOfRebuild }];
}

/** Empties the personal columns in rows of a subject. @returns how many rows had some */
export async function emptyRows(manager: Statements, table: PersonalTable, subject: string): Promise<number> {
  if (table.columns.length === 0) return 0;
  const sets = table.columns.map(({ name }, index) => `${name} = $${index + 2}`);
  const [, changed] = await manager.query<[unknown, number]>(
    `update ${table.table} set ${sets.join(', ')} where ${hasSome(table)}`,
    [subject, ...table.columns.map(({ erased }) => erased)],
  );
  return changed;
}

/** How many rows of a subject have personal columns that are not emptied. */
export async function countRows(
  statements: Statements,
  table: PersonalTable,
  subject: string,
): Promise<number> {
  if (table.columns.length === 0) return 0;
  const [row] = await statements.query<{ count: number }[]>(
    `select count(*)::float8 as count from ${table.table} where ${hasSome(table)}`,
    [subject, ...table.columns.map(({ erased }) => erased)],
  );
  return row!.count;
}

const hasSome = ({ subject, columns }: PersonalTable) =>
  `${subject}::text = $1 and (${columns.map(({ name }, index) => `${name} is distinct from $${index + 2}`).join(' or ')})`;

const erasedValue = (isNullable: boolean, { erased }: PersonalOptions): unknown =>
  erased !== undefined ? erased : isNullable ? null : 'erased';

/** The rows of a subject, as JSON. */
export async function selectRowsOf(
  manager: Statements,
  { table, subject: column }: PersonalTable,
  subject: string,
): Promise<object[]> {
  const rows = await manager.query<{ row: string }[]>(
    `select to_jsonb(r)::text as row from ${table} r where ${column}::text = $1`,
    [subject],
  );
  return rows.map(({ row }) => JSON.parse(row) as object);
}

export async function isThere(manager: Statements, table: string): Promise<boolean> {
  const [row] = await manager.query<{ found: boolean }[]>(`select to_regclass($1) is not null as found`, [
    table,
  ]);
  return row!.found;
}

/** Whether all builds of a projection have folded a position. */
export async function hasFolded(
  manager: Statements,
  options: ResolvedOptions,
  name: string,
  position: number,
): Promise<boolean> {
  const [row] = await manager.query<{ behind: number }[]>(
    `select count(*)::integer as behind from ${checkpointsOf(options, '$1', `'live'`, `'rebuild'`)}
      where position < $2`,
    [name, position],
  );
  return row!.behind === 0;
}

/** Keeps turns of a projection away until the transaction ends: one may have fetched a row that is about to change. */
export const lockCheckpoints = (
  manager: Statements,
  options: ResolvedOptions,
  name: string,
): Promise<unknown> =>
  manager.query(
    `select from ${options.qualified('projection_checkpoints')} where projection = $1
      order by build, partition for update`,
    [name],
  );

export async function selectProjectionNames(
  manager: Statements,
  options: ResolvedOptions,
): Promise<string[]> {
  const rows = await manager.query<{ name: string }[]>(
    `select name from ${options.qualified('projections')} order by name`,
  );
  return rows.map(({ name }) => name);
}
