import type { StoredState } from '../aggregate-root.js';
import { firstBytes } from '../../log/first-bytes.sql.js';
import { READ_BYTES } from '../../log/page-sizes.js';
import { COLUMNS, type EventRow, isCut, type StreamPart, toStoredEvent } from '../../log/read.sql.js';
import { fromStoredJson } from '../../postgres/stored-json.js';
import type { Statements } from '../../postgres/database.js';

interface Tables {
  events: string;
  snapshots: string;
  erasures: string;
}

/** The end of a stream: a snapshot and the events after it. */
export interface StreamTail extends StreamPart {
  /** The snapshot as it is stored: its state is not checked. */
  snapshot?: StoredState | undefined;
}

export interface TailRange {
  streamId: string;
  /** The revision that a snapshot must have. */
  revision: number;
  /** Only a snapshot and events of later versions than this. */
  after: number;
  /** The highest version that a snapshot may have. */
  snapshotUpTo: number;
  /** Most events to read. */
  maxCount: number;
}

/** The first row may be a snapshot: then it has a state and no event. */
type TailRow = EventRow & { state: unknown; is_full: boolean };

/** The newest usable snapshot of a stream, and the events after it. See the migration that creates `read_tail`. */
export async function selectTail(
  manager: Statements,
  readFunction: string,
  { streamId, revision, after, snapshotUpTo, maxCount }: TailRange,
): Promise<StreamTail> {
  const tail = `from ${readFunction}($1, $2, $3, $4, $5)`;
  const rows: TailRow[] = await manager.query(
    `select stream_id, ${COLUMNS}, state, is_full from ${firstBytes(tail, 'stream_version', '$6')}
      order by stream_version`,
    [streamId, revision, after, snapshotUpTo, maxCount, READ_BYTES],
  );
  const [first] = rows;
  const snapshot = first?.event_id === null ? toStoredState(first) : undefined;
  const events = snapshot === undefined ? rows : rows.slice(1);
  return { snapshot, events: events.map((row) => toStoredEvent(row)), isCut: isCut(events, maxCount) };
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
  /** The state as JSON. */
  state: string;
}

/**
 * Stores a snapshot, unless a newer one of the same revision exists, or the stream is that of an erased person. Its
 * event must be in the log.
 */
export async function upsertSnapshot(
  manager: Statements,
  { events, snapshots, erasures }: Tables,
  { streamId, version, revision, state }: SnapshotToWrite,
): Promise<void> {
  await manager.query(
    `insert into ${snapshots} as s (stream_id, stream_version, event_id, revision, state, taken_at)
     select stream_id, stream_version, event_id, $3::integer, $4::json, clock_timestamp()
       from ${events} where stream_id = $1 and stream_version = $2
        and not exists (select from ${erasures} where streams @> array[$1::text])
     on conflict (stream_id) do update
        set stream_version = excluded.stream_version, event_id = excluded.event_id, revision = excluded.revision,
            state = excluded.state, taken_at = excluded.taken_at
      where s.revision <> excluded.revision or s.stream_version <= excluded.stream_version`,
    [streamId, version, revision, state],
  );
}
