import type { StoredEvent } from '../../event/domain-event.js';
import type { Statements } from '../../postgres/database.js';
import { COLUMNS, type EventRow, toStoredEvent } from '../read.sql.js';

/** What a searched event has. */
export interface SearchFilter {
  /** One of these types; an empty list means any. */
  types: readonly string[];
  correlationId?: string | undefined;
  /** The user in its metadata. */
  actor?: string | undefined;
}

/** A part of the log: the positions after `after` up to `upTo`. */
export interface SearchWindow {
  after: number;
  upTo: number;
  direction: 'forwards' | 'backwards';
  maxCount: number;
  /** The most bytes of data and metadata as text. The first event always comes. */
  maxBytes: number;
}

export interface WindowPage {
  events: StoredEvent[];
  bytes: number;
  /** Whether the window has more such events. */
  isCut: boolean;
}

/** The events of a window that a filter lets through, from one end on, bounded in number and in bytes. */
export async function selectMatching(
  statements: Statements,
  events: string,
  { after, upTo, direction, maxCount, maxBytes }: SearchWindow,
  { types, correlationId = null, actor = null }: { [Name in keyof SearchFilter]: SearchFilter[Name] | null },
): Promise<WindowPage> {
  const order = `order by global_position ${direction === 'forwards' ? 'asc' : 'desc'}`;
  const rows = await statements.query<(EventRow & { found: number; size: number })[]>(
    `with matching as (
       select * from ${events}
        where global_position > $1 and global_position <= $2
          and ($3::text[] = '{}' or event_type = any ($3))
          and ($4::text is null or metadata ->> 'correlationId' = $4)
          and ($5::text is null or metadata ->> 'userId' = $5)
        ${order} limit $6
     ), sized as (
       select matching.*, octet_length(event_data::text) + octet_length(metadata::text) as size from matching
     ), summed as (
       select sized.*, count(*) over ()::integer as found, sum(size) over (${order}) - size as before from sized
     )
     select stream_id, ${COLUMNS}, found, size from summed where before < $7 ${order}`,
    [after, upTo, types, correlationId, actor, maxCount, maxBytes],
  );
  const found = rows[0]?.found ?? 0;
  return {
    events: rows.map((row) => toStoredEvent(row)),
    bytes: rows.reduce((sum, { size }) => sum + size, 0),
    isCut: found === maxCount || rows.length < found,
  };
}
