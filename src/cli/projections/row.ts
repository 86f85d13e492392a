import { RowHistory, type RowsOfKey } from '../../event-sourcing/index.js';
import { withLog } from '../application.js';
import { printable } from '../terminal/printable.js';
import type { Terminal } from '../terminal/terminal.js';

export function showRows(terminal: Terminal, _options: object, name: string, key: string): Promise<void> {
  return withLog(terminal, async (application) => {
    const rows = await application.get(RowHistory).rows(name, key);
    await terminal.result(rows, linesOf);
    if (rows.parkedAt !== null) terminal.note(`${printable(key)} is parked at position ${rows.parkedAt}.`);
  });
}

const linesOf = ({ tables }: RowsOfKey): string[] =>
  tables.flatMap(({ table, rows, isCut }) => [
    ...rows.map((row) => printable(`${table}  ${JSON.stringify(row)}`)),
    ...(isCut ? [printable(`${table}  ... and more`)] : []),
  ]);
