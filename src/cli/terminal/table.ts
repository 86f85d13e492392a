import Table from 'cli-table3';
import { colour } from './colour.js';
import { cut } from '../log/event-line.js';
import { printable } from './printable.js';

const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'mid', 'right'].flatMap((side) =>
    [side, `${side}-mid`, `${side}-left`, `${side}-right`, `mid-mid`].map((part) => [part, '']),
  ),
);

/** Columns without lines, numbers to the right; on a terminal no wider than it. The first row is the heads. */
export function table([head, ...rows]: readonly (readonly (string | number)[])[]): string[] {
  const colAligns = head!.map((_, column) =>
    rows.length > 0 && rows.every((row) => typeof row[column] === 'number')
      ? ('right' as const)
      : ('left' as const),
  );
  const drawn = new Table({
    head: head!.map(String),
    colAligns,
    chars: { ...NO_LINES, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  drawn.push(...rows.map((row) => row.map(toText)));
  return drawn
    .toString()
    .split('\n')
    .map((line) => cut([line.trimEnd()]))
    .map((line, number) => (number === 0 ? colour('bold', line) : line));
}

const toText = (cell: string | number) =>
  typeof cell === 'number' ? cell.toLocaleString('en') : printable(cell);
