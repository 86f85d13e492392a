import type { StoredEvent } from '../event/domain-event.js';
import { selectEventsWithin } from '../log/events-within.sql.js';
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
  table: string,
  { filter, after, upTo }: { filter: EventFilter; after: Place; upTo: number },
  { maxCount, maxBytes }: PageLimits,
): Promise<LogPart> {
  const { streamId, types, correlationId } = filter;
  const last = streamId === undefined ? Math.min(upTo, after.position + SCANNED) : upTo;
  const range =
    streamId === undefined
      ? 'global_position > $1 and $6::text is null'
      : 'stream_id = $6 and stream_version > $1';
  const sql = `
    select * from ${table}
     where ${range} and global_position <= $2
       and ($3::text[] = '{}' or event_type = any ($3))
       and ($4::text is null or metadata ->> 'correlationId' = $4)
     order by ${streamId === undefined ? 'global_position' : 'stream_version'} limit $5`;
  const start = streamId === undefined ? after.position : (after.version ?? 0);
  const parameters = [start, last, types, correlationId ?? null, maxCount, streamId ?? null];
  const { events, bytes, found } = await selectEventsWithin(statements, { sql, parameters }, maxBytes);
  const isCut = found === maxCount || events.length < found;
  return { events, after: after.position, upTo: isCut ? events.at(-1)!.position : last, bytes };
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
