import type { RebuildReport, RowDifference } from '../../api/types.js';

/** The rows that the exchange changes, removes or adds. */
export const differencesIn = ({ tables }: RebuildReport): number =>
  tables.reduce((sum, { differing, missing, extra }) => sum + differing + missing + extra, 0);

export type DifferenceKind = 'changed' | 'removed' | 'added';

export const kindOf = ({ living, rebuilt }: RowDifference): DifferenceKind => {
  if (living === null) return 'added';
  return rebuilt === null ? 'removed' : 'changed';
};

export interface Field {
  name: string;
  living: string;
  rebuilt: string;
  differs: boolean;
}

/** The fields of both rows, those that differ first. A row that is not there has empty fields. */
export function fieldsOf({ living, rebuilt }: RowDifference): Field[] {
  const names = [...new Set([...Object.keys(living ?? {}), ...Object.keys(rebuilt ?? {})])];
  const fields = names.map((name) => {
    const [left, right] = [textIn(living, name), textIn(rebuilt, name)];
    return { name, living: left, rebuilt: right, differs: left !== right };
  });
  return fields.toSorted((a, b) => Number(b.differs) - Number(a.differs));
}

function textIn(row: Record<string, unknown> | null, name: string): string {
  if (row === null || !(name in row)) return '';
  const value = row[name];
  return typeof value === 'string' ? value : JSON.stringify(value);
}
