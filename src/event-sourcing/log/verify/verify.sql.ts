import type { StoredEvent } from '../../event/domain-event.js';
import type { Database, Statements } from '../../postgres/database.js';
import { firstBytes } from '../first-bytes.sql.js';
import { READ_BYTES } from '../page-sizes.js';

/**
 * An event, and the positions at which the indexes find it. In a sound log `versionAt` and `idAt` are its own position.
 */
export interface ExaminedEvent extends StoredEvent {
  /** Position of the earlier version in its stream. */
  previousAt: number | null;
  /** The position at which its stream id and version are found. */
  versionAt: number | null;
  /** The position at which its event id is found. */
  idAt: number | null;
  /** The stored values as text, since JavaScript may change them. */
  stored: {
    data: string;
    metadata: string;
    /** Microseconds since 1970, `infinity` or `-infinity`. */
    time: string;
  };
}

/** A row as text: it reads the same whatever the session, or a parser of the host, has set. */
interface ExaminedRow {
  position: string;
  streamId: string;
  version: string;
  eventId: string;
  type: string;
  data: string;
  metadata: string;
  time: string;
  previousAt: string | null;
  versionAt: string | null;
  idAt: string | null;
}

/** The constraints and the trigger that protect the log, by the names that the migration gave them. */
export const GUARDS = [
  'events_pkey',
  'events_stream_id_stream_version_key',
  'events_event_id_key',
  'events_are_facts',
] as const;

/** The guards that are missing, switched off or not valid. */
export async function selectMissingGuards(manager: Statements, events: string): Promise<string[]> {
  const present = await manager.query<{ name: string }[]>(
    `select c.conname as name from pg_constraint c join pg_index i on i.indexrelid = c.conindid
      where c.conrelid = $1::regclass and i.indrelid = c.conrelid and i.indisvalid
      union all
     select tgname from pg_trigger where tgrelid = $1::regclass and tgenabled in ('O', 'A')`,
    [events],
  );
  return GUARDS.filter((guard) => !present.some(({ name }) => name === guard));
}

/**
 * The next events after a position, each looked up again through both other unique indexes. There is one row per event.
 * Only when something is taken twice there are more, and the row that shows it comes first.
 *
 * With `probe`, the planner may only use the indexes. With old statistics it would otherwise scan the whole log for
 * each page. The setting ends with the transaction, so it is safe behind a pooler.
 */
export function selectExamined(
  database: Database,
  events: string,
  page: { after: number; upTo: number; maxCount: number; probe: boolean },
): Promise<ExaminedEvent[]> {
  return database.transaction(async (manager) => {
    if (page.probe) await manager.query(PROBE_ONLY);
    const parameters = [page.after, page.upTo, page.maxCount, READ_BYTES];
    const rows = await manager.query<ExaminedRow[]>(examine(events), parameters);
    return rows.map(toExamined);
  });
}

function toExamined({ data, metadata, time, ...row }: ExaminedRow): ExaminedEvent {
  return {
    position: Number(row.position),
    streamId: row.streamId,
    version: Number(row.version),
    eventId: row.eventId,
    type: row.type,
    data: JSON.parse(data),
    metadata: JSON.parse(metadata),
    timestamp: new Date(Number(time) / 1_000),
    previousAt: toPosition(row.previousAt),
    versionAt: toPosition(row.versionAt),
    idAt: toPosition(row.idAt),
    stored: { data, metadata, time },
  };
}

const toPosition = (text: string | null) => (text === null ? null : Number(text));

/** Time of the event at a position; undefined when there is none. */
export async function selectTimeAt(
  manager: Statements,
  events: string,
  position: number,
): Promise<Date | undefined> {
  const [row] = await manager.query<{ time: string }[]>(
    `select ${MICROSECONDS} as time from ${events} page where global_position = $1`,
    [position],
  );
  return row && new Date(Number(row.time) / 1_000);
}

const MICROSECONDS = `case when isfinite(page."timestamp") then (extract(epoch from page."timestamp") * 1000000)::bigint::text
              else page."timestamp"::text end`;

const PROBE_ONLY = `select set_config(name, 'off', true)
  from unnest(array['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'enable_bitmapscan']) as name`;

const next = (events: string) => `
  from ${events} where global_position > $1 and global_position <= $2 order by global_position limit $3`;

const examine = (events: string) => `
  with page as materialized (
    select global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp"
      from ${firstBytes(next(events), 'global_position', '$4')}
  )
  select page.global_position::text as "position", page.stream_id as "streamId", page.stream_version::text as "version",
         page.event_id::text as "eventId", page.event_type as "type", page.event_data::text as "data",
         page.metadata::text as "metadata", ${MICROSECONDS} as "time",
         previous.global_position::text as "previousAt", same_version.global_position::text as "versionAt",
         same_id.global_position::text as "idAt"
    from page
    left join ${events} previous
      on previous.stream_id = page.stream_id and previous.stream_version = page.stream_version - 1
    left join ${events} same_version
      on same_version.stream_id = page.stream_id and same_version.stream_version = page.stream_version
    left join ${events} same_id on same_id.event_id = page.event_id
   order by page.global_position,
            same_version.global_position is not distinct from page.global_position
              and same_id.global_position is not distinct from page.global_position
   limit $3`;
