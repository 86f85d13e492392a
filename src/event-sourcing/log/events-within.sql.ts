import type { StoredEvent } from '../event/domain-event.js';
import type { Statements } from '../postgres/database.js';
import { COLUMNS, type EventRow, toStoredEvent } from './read.sql.js';

/** Rows of the log that are looked for. */
export interface Matching {
  /** SQL that selects whole rows, with all `parameters` and a `limit`. */
  sql: string;
  parameters: readonly unknown[];
  /** The order in which they are wanted. Default: that of the log. */
  direction?: 'forwards' | 'backwards';
}

export interface FoundEvents {
  events: StoredEvent[];
  /** The size of data and metadata as text. */
  bytes: number;
  /** How many rows were found, those beyond the bytes included. */
  found: number;
}

/**
 * Reads events, bounded in bytes besides their number: an event may have a megabyte, so its number alone would not
 * bound the memory.
 *
 * @param maxBytes the most bytes of data and metadata as text. The first event does not count, and the second always
 *   comes.
 */
export async function selectEventsWithin(
  statements: Statements,
  { sql, parameters, direction = 'forwards' }: Matching,
  maxBytes: number,
): Promise<FoundEvents> {
  const order = `order by global_position ${direction === 'forwards' ? 'asc' : 'desc'}`;
  const rows = await statements.query<(EventRow & { size: number; found: number })[]>(
    `with matching as (${sql}), sized as (
       select matching.*, octet_length(event_data::text) + octet_length(metadata::text) as size from matching
     ), summed as (
       select sized.*, count(*) over ()::integer as found,
              sum(size) over places - size - first_value(size) over places as before
         from sized window places as (${order})
     )
     select stream_id, ${COLUMNS}, size, found from summed where before < $${parameters.length + 1} ${order}`,
    [...parameters, maxBytes],
  );
  return {
    events: rows.map((row) => toStoredEvent(row)),
    bytes: rows.reduce((sum, { size }) => sum + size, 0),
    found: rows[0]?.found ?? 0,
  };
}
