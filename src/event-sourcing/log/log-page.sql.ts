import type { StoredEvent } from '../event/domain-event.js';
import type { Statements } from '../postgres/database.js';
import { COLUMNS, type EventRow, toStoredEvent } from './read.sql.js';

export interface PageLimits {
  maxCount: number;
  /** The most bytes of data and metadata as text. The first event does not count, and the second always comes. */
  maxBytes: number;
}

export interface LogPage {
  events: StoredEvent[];
  /** Whether the log may have more events behind the page. */
  hasMore: boolean;
}

/**
 * The events from a position on, of all types, bounded in number and in bytes. An event may have a megabyte, so its
 * number alone would not bound the memory.
 */
export async function selectPage(
  statements: Statements,
  events: string,
  from: number,
  { maxCount, maxBytes }: PageLimits,
): Promise<LogPage> {
  const rows = await statements.query<(EventRow & { found: number })[]>(
    `with next as (
       select * from ${events} where global_position >= $1 order by global_position limit $2
     ), sized as (
       select next.*, octet_length(event_data::text) + octet_length(metadata::text) as size from next
     ), summed as (
       select sized.*, count(*) over ()::integer as found,
              sum(size) over places - size - first_value(size) over places as before
         from sized window places as (order by global_position)
     )
     select stream_id, ${COLUMNS}, found from summed where before < $3 order by global_position`,
    [from, maxCount, maxBytes],
  );
  const found = rows[0]?.found ?? 0;
  return {
    events: rows.map((row) => toStoredEvent(row)),
    hasMore: found === maxCount || rows.length < found,
  };
}
