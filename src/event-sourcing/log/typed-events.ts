import type { StoredEvent } from '../event/domain-event.js';
import type { Statements } from '../postgres/database.js';
import { type LogWindow, selectHead, selectWindow } from './read.sql.js';

/** So many positions are read at once. PostgreSQL may sort what it reads of them. */
const WINDOW = 20_000;

/**
 * How far one statement may read from a position on. No index has the types, so the log is read by its primary key,
 * window by window: a statement without an upper bound could sort all the rest of the log for each page.
 */
export const endOfWindow = (after: number, head: number, types: readonly string[]) =>
  types.length === 0 ? head : Math.min(after + WINDOW, head);

/** Events of some types after a position, at most `maxCount`, up to the end that the log has now. */
export async function readTypes(
  statements: Statements,
  events: string,
  { after, types, maxCount }: Required<Pick<LogWindow, 'after' | 'types' | 'maxCount'>>,
): Promise<StoredEvent[]> {
  // The end comes first: an event that is appended meanwhile must not be passed over for a later one.
  const head = await selectHead(statements, events);
  const found: StoredEvent[] = [];
  for (let from = after; from < head && found.length < maxCount; from += WINDOW) {
    const window = { after: from, upTo: endOfWindow(from, head, types), types };
    found.push(...(await selectWindow(statements, events, { ...window, maxCount: maxCount - found.length })));
  }
  return found;
}
