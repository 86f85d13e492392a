import { type TimersPage, Timers } from '../../event-sourcing/index.js';
import type { TimerPageBody } from '../../operations/timer-bodies.js';
import { timerPageOf } from '../../operations/timer-page.js';
import { withLog } from '../application.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

const HEAD = ['due at', 'state', 'event', 'stream', 'process', 'key', 'name', 'id', 'error'];

export function listTimers(terminal: Terminal, options: TimersPage): Promise<void> {
  return withLog(terminal, async (application) => {
    const page = timerPageOf(await application.get(Timers).list(options));
    await terminal.result(page, () => print(terminal, page));
  });
}

async function print(terminal: Terminal, { items, nextCursor }: TimerPageBody): Promise<void> {
  if (items.length === 0) return terminal.note('There is no timer.');
  const rows = items.map(({ dueAt, state, type, streamId, process, key, name, id, failure }) => [
    dueAt.toJSON(),
    state,
    type,
    streamId,
    process ?? '-',
    key ?? '-',
    name ?? '-',
    id,
    failure ?? '',
  ]);
  await terminal.lines(table(terminal, [HEAD, ...rows]));
  if (nextCursor !== null) terminal.note(`There are more: --cursor ${nextCursor}`);
}
