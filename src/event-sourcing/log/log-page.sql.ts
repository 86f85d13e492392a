import type { StoredEvent } from '../event/domain-event.js';
import type { Statements } from '../postgres/database.js';
import { selectEventsWithin } from './events-within.sql.js';

export interface PageLimits {
  maxCount: number;
  /** See `selectEventsWithin`. */
  maxBytes: number;
}

export interface LogPage {
  events: StoredEvent[];
  /** Whether the log may have more events behind the page. */
  hasMore: boolean;
}

/** The events from a position on, of all types, bounded in number and in bytes. */
export async function selectPage(
  statements: Statements,
  table: string,
  from: number,
  { maxCount, maxBytes }: PageLimits,
): Promise<LogPage> {
  const sql = `select * from ${table} where global_position >= $1 order by global_position limit $2`;
  const { events, found } = await selectEventsWithin(
    statements,
    { sql, parameters: [from, maxCount] },
    maxBytes,
  );
  return { events, hasMore: found === maxCount || events.length < found };
}
