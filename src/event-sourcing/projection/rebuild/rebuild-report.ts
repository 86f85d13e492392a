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
