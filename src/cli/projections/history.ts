import { type HistoryItem, RowHistory } from '../../event-sourcing/index.js';
import { withLog } from '../application.js';
import { timeOf } from '../log/event-line.js';
import { printable } from '../terminal/printable.js';
import type { Terminal } from '../terminal/terminal.js';

interface HistoryOptions {
  after?: number;
  upTo?: number;
  limit?: number;
}

/** Events of one page. */
const PAGE = 200;

export function showHistory(
  terminal: Terminal,
  { after: start = 0, upTo, limit = 100 }: HistoryOptions,
  name: string,
  key: string,
): Promise<void> {
  return withLog(terminal, async (application) => {
    const history = application.get(RowHistory);
    let rest = limit;
    for (let after = start; ;) {
      terminal.signal.throwIfAborted();
      const page = await history.history(name, key, { after, upTo, limit: Math.min(rest, PAGE) });
      for (const item of page.items) await terminal.result(item, () => linesOf(terminal, item));
      rest -= page.items.length;
      if (page.nextCursor === null || rest === 0) return tellRest(terminal, page);
      after = Number(page.nextCursor);
    }
  });
}

function tellRest(
  terminal: Terminal,
  { nextCursor, dependsOnOtherRows }: { nextCursor: string | null; dependsOnOtherRows: string | null },
): void {
  if (dependsOnOtherRows !== null) terminal.note(printable(dependsOnOtherRows));
  if (nextCursor !== null) terminal.note(`There may be more: --after ${nextCursor}`);
}

function linesOf(terminal: Terminal, { event, changes, skipped, failure }: HistoryItem): string[] {
  const state = skipped ? 'skipped' : (failure ?? '');
  const { position, type } = event;
  const head = terminal.cut([String(position).padStart(6), timeOf(event), type, state]);
  return [
    head,
    ...changes.map(({ table, key, before, after, fields }) => {
      const what = after === null ? 'removed' : before === null ? `new ${JSON.stringify(after)}` : '';
      const values = fields.map(
        (name) => `${name}: ${JSON.stringify(before?.[name])} -> ${JSON.stringify(after?.[name])}`,
      );
      return terminal.cut(['      ', table, JSON.stringify(key), what || values.join(', ')]);
    }),
  ];
}
