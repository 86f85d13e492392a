import type { EventMetadata, StoredEvent } from '../event/domain-event.js';
import type { Statements } from '../postgres/database.js';
import { fromStoredJson } from '../postgres/stored-json.js';

export interface EventRow {
  global_position: string;
  stream_id: string;
  stream_version: number;
  event_id: string;
  event_type: string;
  event_data: object;
  metadata: EventMetadata;
  timestamp: Date | number;
}

/** The time is read in ms since 1970: parsing a date from text takes longer than reading the rest of the row. */
export const COLUMNS = `global_position, stream_version, event_id, event_type, event_data, metadata,
                 (extract(epoch from "timestamp") * 1000)::float8 as "timestamp"`;

export interface StreamRange {
  streamId: string;
  fromVersion: number;
  maxCount: number;
  direction: 'forwards' | 'backwards';
}

/** Events of one stream, through the index on (stream_id, stream_version). */
export async function selectStream(
  query: <Row extends object>(text: string, values: unknown[]) => Promise<Row[]>,
  events: string,
  { streamId, fromVersion, maxCount, direction }: StreamRange,
): Promise<StoredEvent[]> {
  const [comparison, order] = direction === 'forwards' ? ['>=', 'asc'] : ['<=', 'desc'];
  const rows = await query<Omit<EventRow, 'stream_id'>>(
    `select ${COLUMNS} from ${events}
      where stream_id = $1 and stream_version ${comparison} $2
      order by stream_version ${order} limit $3`,
    [streamId, fromVersion, maxCount],
  );
  return rows.map((row) => toStoredEvent(row, streamId));
}

export interface LogWindow {
  after: number;
  upTo: number;
  /** Event types; an empty list means all. */
  types: readonly string[];
  maxCount?: number;
  /** Only events in this partition, by a property of the data, or by the stream when the data has no such property. */
  part?: { property: string; partition: number; partitions: number } | undefined;
}

/** Never change this: stored positions depend on it. */
const partitionBy = (property: string, partitions: string) =>
  `mod(mod(hashtextextended(coalesce(event_data ->> ${property}, stream_id), 0), ${partitions}) + ${partitions}, ${partitions})`;

const IN_PARTITION = `
  and ${partitionBy('$5', '$6')} = $7`;

/** A window of the log, through its primary key. */
export async function selectWindow(
  manager: Statements,
  events: string,
  { after, upTo, types, maxCount, part }: LogWindow,
): Promise<StoredEvent[]> {
  const rows: EventRow[] = await manager.query(
    `select stream_id, ${COLUMNS} from ${events}
      where global_position > $1 and global_position <= $2 and ($3::text[] = '{}' or event_type = any ($3))
            ${part ? IN_PARTITION : ''}
      order by global_position limit $4`,
    [after, upTo, types, maxCount ?? null, ...(part ? [part.property, part.partitions, part.partition] : [])],
  );
  return rows.map((row) => toStoredEvent(row));
}

/** The partition of the event at a position, by a property of its data; undefined when there is no such event. */
export async function selectPartition(
  manager: Statements,
  events: string,
  position: number,
  { property, partitions }: { property: string; partitions: number },
): Promise<number | undefined> {
  const [row] = await manager.query<{ partition: string }[]>(
    `select ${partitionBy('$2', '$3')} as partition from ${events} where global_position = $1`,
    [position, property, partitions],
  );
  return row && Number(row.partition);
}

/** Events at these positions, in order. */
export async function selectEventsAt(
  manager: Statements,
  events: string,
  positions: readonly number[],
): Promise<StoredEvent[]> {
  const rows: EventRow[] = await manager.query(
    `select stream_id, ${COLUMNS} from ${events} where global_position = any ($1::bigint[]) order by global_position`,
    [positions],
  );
  return rows.map((row) => toStoredEvent(row));
}

/** Position of the last event of the log; 0 when it is empty. One probe of the primary key. */
export async function selectHead(manager: Statements, events: string): Promise<number> {
  const [row] = await manager.query<{ head: string | null }[]>(
    `select max(global_position) as head from ${events}`,
  );
  return Number(row?.head ?? 0);
}

/** @param streamId when the row does not have it, since all rows have the same */
export function toStoredEvent(
  row: Omit<EventRow, 'stream_id'> & { stream_id?: string },
  streamId = row.stream_id!,
): StoredEvent {
  return {
    position: Number(row.global_position),
    streamId,
    version: row.stream_version,
    eventId: row.event_id,
    type: row.event_type,
    data: fromStoredJson(row.event_data),
    metadata: fromStoredJson(row.metadata),
    timestamp: new Date(row.timestamp),
  };
}
