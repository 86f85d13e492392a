import type { StoredState } from '../aggregate-root.js';
import type { StoredEvent } from '../../event/domain-event.js';
import { COLUMNS, type EventRow, toStoredEvent } from '../../log/read.sql.js';
import { fromStoredJson } from '../../postgres/stored-json.js';
import type { Statements } from '../../postgres/database.js';

interface Tables {
  events: string;
  snapshots: string;
}

/** The end of a stream: what a snapshot says, and the events after it. */
export interface StreamTail {
  /** As it was stored: the state may be anything. */
  snapshot?: StoredState | undefined;
  events: StoredEvent[];
}

export interface TailRange {
  streamId: string;
  /** Only a snapshot of this one. */
  revision: number;
  /** A version: only a newer snapshot, and events. */
  after: number;
  /** A version: only a snapshot of this one or an older one. */
  snapshotUpTo: number;
  /** Of events. */
  maxCount: number;
}

/** The first row may be a snapshot: it has a state, and no event. */
type TailRow = EventRow & { state: unknown };

/**
 * The newest snapshot of a stream that may be used, and the events after it. See the migration that creates
 * `read_tail`.
 */
export async function selectTail(
  manager: Statements,
  readFunction: string,
  { streamId, revision, after, snapshotUpTo, maxCount }: TailRange,
): Promise<StreamTail> {
  const rows: TailRow[] = await manager.query(
    `select stream_id, ${COLUMNS}, state from ${readFunction}($1, $2, $3, $4, $5)`,
    [streamId, revision, after, snapshotUpTo, maxCount],
  );
  const [first] = rows;
  if (first === undefined || first.event_id !== null)
    return { events: rows.map((row) => toStoredEvent(row)) };
  return { snapshot: toStoredState(first), events: rows.slice(1).map((row) => toStoredEvent(row)) };
}

function toStoredState({ state, stream_version, global_position }: TailRow): StoredState {
  return {
    state: fromStoredJson(state as object),
    version: stream_version,
    position: Number(global_position),
  };
}

export interface SnapshotToWrite {
  streamId: string;
  version: number;
  revision: number;
  /** JSON. */
  state: string;
}

/** Stores a snapshot, unless there is a newer one of the same revision. Its event must be in the log. */
export async function upsertSnapshot(
  manager: Statements,
  { events, snapshots }: Tables,
  { streamId, version, revision, state }: SnapshotToWrite,
): Promise<void> {
  await manager.query(
    `insert into ${snapshots} as s (stream_id, stream_version, event_id, revision, state, taken_at)
     select stream_id, stream_version, event_id, $3::integer, $4::json, clock_timestamp()
       from ${events} where stream_id = $1 and stream_version = $2
     on conflict (stream_id) do update
        set stream_version = excluded.stream_version, event_id = excluded.event_id, revision = excluded.revision,
            state = excluded.state, taken_at = excluded.taken_at
      where s.revision <> excluded.revision or s.stream_version <= excluded.stream_version`,
    [streamId, version, revision, state],
  );
}
