import { EventStore, ProjectionOperations } from '../../event-sourcing/index.js';
import type { ParkedKeyPage } from '../../operations/parked-key-bodies.js';
import { parkedKeyPage } from '../../operations/parked-key-page.js';
import { withLog } from '../application.js';
import { printable } from '../terminal/printable.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

interface ListOptions {
  rebuild?: boolean;
  after?: string;
  limit?: number;
}

const HEAD = ['key', 'position', 'event', 'waiting', 'tries', 'parked at', 'error'];

export function listParked(terminal: Terminal, options: ListOptions, projection: string): Promise<void> {
  const { rebuild, after, limit = 50 } = options;
  const build = rebuild ? 'rebuild' : 'live';
  return withLog(terminal, async (application) => {
    const operations = application.get(ProjectionOperations);
    const read = (positions: number[]) => application.get(EventStore).readPositions(positions);
    const page = await parkedKeyPage(operations, read, projection, { build, after, limit });
    await terminal.result(page, () => print(terminal, projection, page));
  });
}

async function print(
  terminal: Terminal,
  projection: string,
  { items, nextCursor }: ParkedKeyPage,
): Promise<void> {
  if (items.length === 0) return terminal.note(`Nothing is parked in ${projection}.`);
  const rows = items.map(({ key, position, event, waiting, attempts, parkedAt, error }) => [
    key,
    position,
    event.type,
    waiting,
    attempts,
    parkedAt.toJSON(),
    error,
  ]);
  await terminal.lines(table(terminal, [HEAD, ...rows]));
  if (nextCursor !== null) {
    terminal.note(`There are more: --after ${JSON.stringify(printable(nextCursor))}`);
  }
}
