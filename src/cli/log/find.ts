import { LogSearch } from '../../event-sourcing/index.js';
import { withLog } from '../application.js';
import type { Terminal } from '../terminal/terminal.js';
import { lineOfLog } from './event-line.js';

interface FindOptions {
  correlation?: string;
  actor?: string;
  type?: string[];
  after?: number;
  direction?: 'forwards' | 'backwards';
  limit?: number;
}

export function findEvents(
  terminal: Terminal,
  { correlation: correlationId, type: types = [], limit = 100, after: start, ...options }: FindOptions,
): Promise<void> {
  return withLog(terminal, async (application) => {
    const search = application.get(LogSearch);
    let rest = limit;
    for (let after = start; ;) {
      terminal.signal.throwIfAborted();
      const page = await search.find({ ...options, correlationId, types, after, limit: rest });
      for (const event of page.events) await terminal.result(event, () => lineOfLog(terminal, event));
      rest -= page.events.length;
      if (page.next === undefined) return;
      if (rest === 0) return terminal.note(`There may be more: --after ${page.next}`);
      after = page.next;
    }
  });
}
