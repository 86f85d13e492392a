/** The differences that a rebuild made, table by table. */
export interface RebuildReport {
  /** ISO 8601. */
  comparedAt: string;
  /** The position up to which the compared living rows were folded; `rebuildPosition` is that of the rebuilt rows. */
  livePosition: number;
  rebuildPosition: number;
  tables: TableComparison[];
}

/**
 * Counts of rows, compared by primary key: `equal` in both, `differing`, `missing` from the rebuild, and `extra` in it.
 */
export interface TableComparison {
  table: string;
  equal: number;
  differing: number;
  missing: number;
  extra: number;
  /** The first ten differences, by key. */
  differences: { living: object | null; rebuilt: object | null }[];
}

/** The report with all its counts, and as many of its differences, in order, as have the length together. */
export function withinLength(report: RebuildReport, length: number): RebuildReport {
  let left = length;
  const fits = (difference: object) => (left -= JSON.stringify(difference).length) >= 0;
  const tables = report.tables.map((table) => ({ ...table, differences: table.differences.filter(fits) }));
  return { ...report, tables };
}
