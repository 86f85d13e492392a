import type { StoredEvent } from '../../event/domain-event.js';
import type { Statements } from '../../postgres/database.js';
import { selectEventsWithin } from '../events-within.sql.js';

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
  /** See `selectEventsWithin`. */
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
  table: string,
  { after, upTo, direction, maxCount, maxBytes }: SearchWindow,
  { types, correlationId = null, actor = null }: { [Name in keyof SearchFilter]: SearchFilter[Name] | null },
): Promise<WindowPage> {
  const sql = `
    select * from ${table}
     where global_position > $1 and global_position <= $2
       and ($3::text[] = '{}' or event_type = any ($3))
       and ($4::text is null or metadata ->> 'correlationId' = $4)
       and ($5::text is null or metadata ->> 'userId' = $5)
     order by global_position ${direction === 'forwards' ? 'asc' : 'desc'} limit $6`;
  const parameters = [after, upTo, types, correlationId, actor, maxCount];
  const { events, bytes, found } = await selectEventsWithin(
    statements,
    { sql, parameters, direction },
    maxBytes,
  );
  return { events, bytes, isCut: found === maxCount || events.length < found };
}
