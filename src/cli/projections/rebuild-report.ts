import type { RebuildReport, TableComparison } from '../../event-sourcing/index.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

/** The columns of a table's primary key, if they are known. */
export type KeysOf = (table: string) => readonly string[];

type Difference = TableComparison['differences'][number];
type Row = Record<string, unknown>;

/**
 * The differences that a rebuild made, for people: counts by table, and the first rows that differ, column by column.
 */
export function reportLines(terminal: Terminal, { tables }: RebuildReport, keysOf: KeysOf): string[] {
  const counts = tables.map(({ table: name, equal, differing, missing, extra }) => [
    unquoted(name),
    equal,
    differing,
    missing,
    extra,
  ]);
  return [
    ...table(terminal, [['table', 'equal', 'differing', 'only living', 'only rebuilt'], ...counts]),
    ...tables.flatMap((comparison) => differenceLines(terminal, comparison, keysOf(comparison.table))),
  ];
}

function differenceLines(
  terminal: Terminal,
  { table: name, differences }: TableComparison,
  keys: readonly string[],
): string[] {
  if (differences.length === 0) return [];
  const rows = differences.flatMap((difference) => cellsOf(difference, keys));
  return [
    '',
    `The first rows of ${unquoted(name)} that differ:`,
    ...table(terminal, [['row', 'column', 'living', 'rebuilt'], ...rows]),
  ];
}

/** The columns that differ for a row in both builds, or the whole row for a row in one of them. */
function cellsOf({ living, rebuilt }: Difference, keys: readonly string[]): string[][] {
  const [one, other] = [living as Row | null, rebuilt as Row | null];
  const row = (one ?? other)!;
  const identity = keys.map((key) => asText(row[key])).join(', ') || asText(row);
  if (one === null) return [[identity, '(all)', 'none', asText(other)]];
  if (other === null) return [[identity, '(all)', asText(one), 'none']];
  return Object.keys(row)
    .filter((column) => JSON.stringify(one[column]) !== JSON.stringify(other[column]))
    .map((column, index) => [
      index === 0 ? identity : '',
      column,
      asText(one[column]),
      asText(other[column]),
    ]);
}

const unquoted = (name: string) => name.replaceAll('"', '');
const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
