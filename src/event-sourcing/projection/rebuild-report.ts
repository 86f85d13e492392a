import type { Folding } from './folding.js';
import type { Statements } from '../postgres/database.js';

/** What a rebuild made different, table by table. */
export interface RebuildReport {
  /** ISO 8601. */
  comparedAt: string;
  /** Positions up to which the rows were folded that were compared. */
  livePosition: number;
  rebuildPosition: number;
  tables: TableComparison[];
}

/** Rows by primary key: the same in both, in both but different, only living, only rebuilt. */
export interface TableComparison {
  table: string;
  equal: number;
  differing: number;
  missing: number;
  extra: number;
  /** The first ten that are not equal, by key. */
  differences: { living: object | null; rebuilt: object | null }[];
}

const SHOWN = 10;

/** Compares the living rows with the rebuilt ones. Reads both tables as a whole. */
export async function compareTables(manager: Statements, folding: Folding): Promise<TableComparison[]> {
  const comparisons: TableComparison[] = [];
  for (const [number, { table }] of folding.tables('live').entries()) {
    const renewed = folding.tables('rebuild')[number]!.table;
    const keys = table.keyColumns;
    const [first] = keys;
    const joined = `${table.name} as l full join ${renewed.name} as r using (${keys.join(', ')})`;
    // As text, since not every type can be compared; the columns are the same, in the same order.
    const [counts] = await manager.query<Omit<TableComparison, 'table' | 'differences'>[]>(
      `select count(*) filter (where l::text = r::text)::integer as equal,
              count(*) filter (where l.${first} is not null and r.${first} is not null and l::text <> r::text)::integer as differing,
              count(*) filter (where r.${first} is null)::integer as missing,
              count(*) filter (where l.${first} is null)::integer as extra
         from ${joined}`,
    );
    const isSame = counts!.differing + counts!.missing + counts!.extra === 0;
    const differences = isSame
      ? []
      : await manager.query<TableComparison['differences']>(
          `select to_jsonb(l) as living, to_jsonb(r) as rebuilt from ${joined}
            where l.${first} is null or r.${first} is null or l::text <> r::text
            order by ${keys.join(', ')} limit ${SHOWN}`,
        );
    comparisons.push({ table: table.name, ...counts!, differences });
  }
  return comparisons;
}
