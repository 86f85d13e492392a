import type { StoredEvent } from '../../event/domain-event.js';
import { selectEventsWithin } from '../../log/events-within.sql.js';
import type { Statements } from '../../postgres/database.js';

/** Events of one key, where the key is a property of the data. */
export interface KeyOfProperty {
  property: string;
  key: string;
  types: readonly string[];
  /** Types whose upcasters may give the property another value: all their events are candidates. */
  upcast: readonly string[];
}

export interface Candidate {
  position: number;
  /** Whether the event has the key; otherwise the event itself tells. */
  isSure: boolean;
}

/**
 * The positions in a window at which an event may have the key. The database compares texts only: an event whose key is
 * a number or missing is a candidate that is not sure.
 */
export async function selectCandidates(
  statements: Statements,
  events: string,
  { after, upTo }: { after: number; upTo: number },
  { property, key, types, upcast }: KeyOfProperty,
): Promise<Candidate[]> {
  return statements.query<Candidate[]>(
    `select global_position::float8 as position,
            event_type <> all ($6) and jsonb_typeof(event_data -> $4) = 'string' as "isSure"
       from ${events}
      where global_position > $1 and global_position <= $2 and event_type = any ($3)
        and (event_data ->> $4 = $5 or event_type = any ($6)
             or jsonb_typeof(event_data -> $4) is distinct from 'string')
      order by global_position`,
    [after, upTo, types, property, key, upcast],
  );
}

/** Positions of the events of a stream after a version, in order. Through the index on (stream_id, stream_version). */
export async function selectOfStream(
  statements: Statements,
  events: string,
  stream: { streamId: string; types: readonly string[]; after: number; limit: number },
): Promise<{ position: number; version: number; isHandled: boolean }[]> {
  return statements.query<{ position: number; version: number; isHandled: boolean }[]>(
    `select global_position::float8 as position, stream_version as version, event_type = any ($2) as "isHandled"
       from ${events} where stream_id = $1 and stream_version > $3 order by stream_version limit $4`,
    [stream.streamId, stream.types, stream.after, stream.limit],
  );
}

/** The first events at these positions, bounded in bytes. At least one comes. */
export async function selectWithin(
  statements: Statements,
  table: string,
  positions: readonly number[],
  maxBytes: number,
): Promise<StoredEvent[]> {
  const sql = `select * from ${table} where global_position = any ($1::bigint[])`;
  return (await selectEventsWithin(statements, { sql, parameters: [positions] }, maxBytes)).events;
}
