import type { StoredEvent } from '../event/domain-event.js';
import { COLUMNS, type EventRow, toStoredEvent } from '../log/read.sql.js';
import type { PageLimits } from '../log/log-page.sql.js';
import type { Statements } from '../postgres/database.js';
import type { EventFilter } from './event-filter.js';

/** A part of the log, as one look at it finds it. */
export interface LogPart {
  /** In the order of the log. */
  events: StoredEvent[];
  /** The position before the part, and its last one: it has all events between them that were asked for. */
  after: number;
  upTo: number;
  /** The size of data and metadata as text. */
  bytes: number;
}

/** The place after which a look begins. Of a stream, the version leads to the next event by its index. */
export interface Place {
  position: number;
  version?: number | undefined;
}

/** Positions that one look for events of a type or a correlation covers at most: a rare one is far away. */
const SCANNED = 10_000;

/** The next events of a filter, up to a position, bounded in number and in bytes. */
export async function selectNext(
  statements: Statements,
  events: string,
  { filter, after, upTo }: { filter: EventFilter; after: Place; upTo: number },
  { maxCount, maxBytes }: PageLimits,
): Promise<LogPart> {
  const { streamId, types, correlationId } = filter;
  const last = streamId === undefined ? Math.min(upTo, after.position + SCANNED) : upTo;
  const range =
    streamId === undefined
      ? 'global_position > $1 and $7::text is null'
      : 'stream_id = $7 and stream_version > $1';
  const rows = await statements.query<(EventRow & { size: number; found: number })[]>(
    `with next as (
       select * from ${events}
        where ${range} and global_position <= $2
          and ($3::text[] = '{}' or event_type = any ($3))
          and ($4::text is null or metadata ->> 'correlationId' = $4)
        order by ${streamId === undefined ? 'global_position' : 'stream_version'} limit $5
     ), sized as (
       select next.*, octet_length(event_data::text) + octet_length(metadata::text) as size from next
     ), summed as (
       select sized.*, count(*) over ()::integer as found,
              sum(size) over places - size - first_value(size) over places as before
         from sized window places as (order by global_position)
     )
     select stream_id, ${COLUMNS}, size, found from summed where before < $6 order by global_position`,
    [
      streamId === undefined ? after.position : (after.version ?? 0),
      last,
      types,
      correlationId ?? null,
      maxCount,
      maxBytes,
      streamId ?? null,
    ],
  );
  const isCut = rows.length === maxCount || rows.length < (rows[0]?.found ?? 0);
  return {
    events: rows.map((row) => toStoredEvent(row)),
    after: after.position,
    upTo: isCut ? Number(rows.at(-1)!.global_position) : last,
    bytes: rows.reduce((sum, { size }) => sum + size, 0),
  };
}

/** The version that a stream has at a position; it walks down the stream. */
export async function selectVersionUpTo(
  statements: Statements,
  events: string,
  streamId: string,
  position: number,
): Promise<number> {
  const [row] = await statements.query<{ stream_version: number }[]>(
    `select stream_version from ${events} where stream_id = $1 and global_position <= $2
      order by stream_version desc limit 1`,
    [streamId, position],
  );
  return row?.stream_version ?? 0;
}
