import { OperationsLog, type OperationsPage } from '../../event-sourcing/index.js';
import { latestFirst } from '../../operations/latest-first.js';
import type { OperationPage } from '../../operations/operation-bodies.js';
import { withLog } from '../application.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

const HEAD = ['id', 'at', 'actor', 'act', 'parameters', 'outcome', 'detail'];

export function listOperations(terminal: Terminal, options: OperationsPage): Promise<void> {
  const { limit = 50 } = options;
  return withLog(terminal, async (application) => {
    const found = await application.get(OperationsLog).list({ ...options, limit: limit + 1 });
    const page = latestFirst(found, limit);
    await terminal.result(page, () => print(terminal, page));
  });
}

async function print(terminal: Terminal, { items, nextCursor }: OperationPage): Promise<void> {
  if (items.length === 0) return terminal.note('There is no operation.');
  const rows = items.map(({ id, at, actor, act, parameters, outcome, detail }) => [
    String(id),
    at.toJSON(),
    actor ?? '-',
    act,
    inWords(parameters),
    outcome,
    detail ?? '',
  ]);
  await terminal.lines(table(terminal, [HEAD, ...rows]));
  if (nextCursor !== null) terminal.note(`There are more: --after ${nextCursor}`);
}

const inWords = (parameters: Record<string, unknown>) =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
