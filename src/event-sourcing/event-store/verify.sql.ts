import type { StoredEvent } from '../domain-event.js';
import type { Database, Statements } from '../postgres/database.js';

/** An event, and where the log holds what belongs to it. In a sound log `versionAt` and `idAt` are its own position. */
export interface ExaminedEvent extends StoredEvent {
  /** Position of the version before it in its stream. */
  previousAt: number | null;
  /** A position that its stream id and version are found at. */
  versionAt: number | null;
  /** A position that its event id is found at. */
  idAt: number | null;
}

/** What the schema holds the line with, by the names that the migration gave it. */
export const GUARDS = [
  'events_pkey',
  'events_stream_id_stream_version_key',
  'events_event_id_key',
  'events_are_facts',
] as const;

/** The guards that are gone, switched off or not valid. */
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
 * The next events after a position, each looked up again through both other unique indexes. One row an event; only
 * where something is taken twice there are more, and then the one that shows it comes first.
 *
 * With `probe`, the planner may only probe the indexes. It would otherwise scan the whole log for each page where its
 * statistics are old. The setting ends with the transaction, and so holds behind a pooler.
 */
export function selectExamined(
  database: Database,
  events: string,
  page: { after: number; upTo: number; maxCount: number; probe: boolean },
): Promise<ExaminedEvent[]> {
  return database.transaction(async (manager) => {
    if (page.probe) await manager.query(PROBE_ONLY);
    return manager.query<ExaminedEvent[]>(examine(events), [page.after, page.upTo, page.maxCount]);
  });
}

const PROBE_ONLY = `select set_config(name, 'off', true)
  from unnest(array['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'enable_bitmapscan']) as name`;

// A double holds every position that JavaScript can: up to 2^53.
const examine = (events: string) => `
  with page as materialized (
    select global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp"
      from ${events}
     where global_position > $1 and global_position <= $2
     order by global_position limit $3
  )
  select page.global_position::float8 as "position", page.stream_id as "streamId", page.stream_version as "version",
         page.event_id as "eventId", page.event_type as "type", page.event_data as "data", page.metadata,
         page."timestamp", previous.global_position::float8 as "previousAt",
         same_version.global_position::float8 as "versionAt", same_id.global_position::float8 as "idAt"
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
