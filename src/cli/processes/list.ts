import { ProcessInstances } from '../../event-sourcing/index.js';
import type { ProcessInstancePage } from '../../operations/process-bodies.js';
import { type ProcessList, processPage } from '../../operations/process-page.js';
import { withLog } from '../application.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

const HEAD = ['process', 'key', 'state', 'steps', 'commands', 'last step', 'next timer', 'reason'];

export function listProcesses(terminal: Terminal, options: Partial<ProcessList>): Promise<void> {
  return withLog(terminal, async (application) => {
    const page = await processPage(application.get(ProcessInstances), { limit: 50, ...options });
    await terminal.result(page, () => print(terminal, page));
  });
}

async function print(terminal: Terminal, { items, nextCursor }: ProcessInstancePage): Promise<void> {
  if (items.length === 0) return terminal.note('There is no such process.');
  const rows = items.map((each) => [
    each.name,
    each.key,
    each.state,
    each.step,
    each.commands,
    each.lastStepAt?.toJSON() ?? '-',
    each.nextTimerAt?.toJSON() ?? '-',
    each.reason ?? '',
  ]);
  await terminal.lines(table(terminal, [HEAD, ...rows]));
  if (nextCursor !== null) terminal.note(`There are more: --cursor ${nextCursor}`);
}
