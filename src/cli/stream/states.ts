import { type StreamState, StreamStates } from '../../event-sourcing/index.js';
import { withLog } from '../application.js';
import { timeOf } from '../log/event-line.js';
import type { Terminal } from '../terminal/terminal.js';

interface StatesOptions {
  fromVersion?: number;
  limit?: number;
}

export function showStates(
  terminal: Terminal,
  { fromVersion, limit = 100 }: StatesOptions,
  streamId: string,
): Promise<void> {
  return withLog(terminal, async (application) => {
    const { items, next } = await application.get(StreamStates).read(streamId, { fromVersion, limit });
    for (const item of items) await terminal.result(item, () => linesOf(terminal, item));
    if (next !== undefined) terminal.note(`There are more: --from-version ${next}`);
  });
}

const linesOf = (terminal: Terminal, { event, changes, failure }: StreamState): string[] => [
  terminal.cut([String(event.version).padStart(4), timeOf(event), event.type, failure ?? '']),
  ...changes.map(({ path, before, after }) =>
    terminal.cut(['    ', `${path}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`]),
  ),
];
