import Table from 'cli-table3';
import { printable } from './printable.js';
import type { Terminal } from './terminal.js';

const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'mid', 'right'].flatMap((side) =>
    [side, `${side}-mid`, `${side}-left`, `${side}-right`, `mid-mid`].map((part) => [part, '']),
  ),
);

type Rows = readonly (readonly (string | number)[])[];

/**
 * Columns without lines, with numbers to the right. On a terminal it is no wider than the terminal. The first row has
 * the heads.
 */
export function table(terminal: Terminal, [head, ...rows]: Rows): string[] {
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
    .map((line) => terminal.cut([line.trimEnd()]))
    .map((line, number) => (number === 0 ? terminal.colour('bold', line) : line));
}

const toText = (cell: string | number) =>
  typeof cell === 'number' ? cell.toLocaleString('en') : printable(cell);
