import type { EventMetadata, StoredEvent } from '../event/domain-event.js';
import type { Statements } from '../postgres/database.js';
import { fromStoredJson } from '../postgres/stored-json.js';
import { firstBytes } from './first-bytes.sql.js';

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

type Query = <Row extends object>(text: string, values: unknown[]) => Promise<Row[]>;

/** The end of a `select` of a stream's events, through the index on (stream_id, stream_version). */
const ofStream = (events: string, direction: StreamRange['direction']) => {
  const [comparison, order] = direction === 'forwards' ? ['>=', 'asc'] : ['<=', 'desc'];
  return {
    from: `from ${events} where stream_id = $1 and stream_version ${comparison} $2
            order by stream_version ${order} limit $3`,
    order: `stream_version ${order}`,
  };
};

/** Events of one stream. */
export async function selectStream(
  query: Query,
  events: string,
  { streamId, fromVersion, maxCount, direction }: StreamRange,
): Promise<StoredEvent[]> {
  const rows = await query<Omit<EventRow, 'stream_id'>>(
    `select ${COLUMNS} ${ofStream(events, direction).from}`,
    [streamId, fromVersion, maxCount],
  );
  return rows.map((row) => toStoredEvent(row, streamId));
}

/** The first events of a range of a stream. */
export interface StreamPart {
  events: StoredEvent[];
  /** Whether the stream may have more of them. */
  isCut: boolean;
}

/** The first events of a range of a stream, bounded in number and in bytes. */
export async function selectStreamPart(
  query: Query,
  events: string,
  { streamId, fromVersion, maxCount, direction }: StreamRange,
  maxBytes: number,
): Promise<StreamPart> {
  const { from, order } = ofStream(events, direction);
  const rows = await query<Omit<EventRow, 'stream_id'> & { is_full: boolean }>(
    `select ${COLUMNS}, is_full from ${firstBytes(from, order, '$4')} order by ${order}`,
    [streamId, fromVersion, maxCount, maxBytes],
  );
  return { events: rows.map((row) => toStoredEvent(row, streamId)), isCut: isCut(rows, maxCount) };
}

/** Whether such rows may have more behind them. */
export const isCut = (rows: readonly { is_full: boolean }[], maxCount: number) =>
  rows.length === maxCount || rows.at(-1)?.is_full === true;

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
  window: LogWindow,
): Promise<StoredEvent[]> {
  const { columns, from, parameters } = windowOf(events, window);
  const rows: EventRow[] = await manager.query(`select ${columns} ${from}`, parameters);
  return rows.map((row) => toStoredEvent(row));
}

function windowOf(events: string, { after, upTo, types, maxCount, part }: LogWindow) {
  return {
    columns: `stream_id, ${COLUMNS}`,
    from: `from ${events}
            where global_position > $1 and global_position <= $2
                  and ($3::text[] = '{}' or event_type = any ($3)) ${part ? IN_PARTITION : ''}
            order by global_position limit $4`,
    parameters: [
      after,
      upTo,
      types,
      maxCount ?? null,
      ...(part ? [part.property, part.partitions, part.partition] : []),
    ],
  };
}

/** The first events of a window. */
export interface WindowPart {
  events: StoredEvent[];
  /** The position up to which the window has no others: its end, unless the part is cut. */
  upTo: number;
}

/** The first events of a window, bounded in number and in bytes. */
export async function selectWindowPart(
  manager: Statements,
  events: string,
  window: LogWindow & { maxCount: number },
  maxBytes: number,
): Promise<WindowPart> {
  const { columns, from, parameters } = windowOf(events, window);
  const rows = await manager.query<(EventRow & { is_full: boolean })[]>(
    `select ${columns}, is_full from ${firstBytes(from, 'global_position', `$${parameters.length + 1}`)}
      order by global_position`,
    [...parameters, maxBytes],
  );
  const found = rows.map((row) => toStoredEvent(row));
  return { events: found, upTo: isCut(rows, window.maxCount) ? found.at(-1)!.position : window.upTo };
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

/** The first events at these positions, which are in order, bounded in bytes. */
export async function selectPartAt(
  manager: Statements,
  events: string,
  positions: readonly number[],
  maxBytes: number,
): Promise<WindowPart> {
  const there = `from ${events} where global_position = any ($1::bigint[]) order by global_position`;
  const rows = await manager.query<(EventRow & { is_full: boolean })[]>(
    `select stream_id, ${COLUMNS}, is_full from ${firstBytes(there, 'global_position', '$2')} order by global_position`,
    [positions, maxBytes],
  );
  const found = rows.map((row) => toStoredEvent(row));
  return { events: found, upTo: isCut(rows, Infinity) ? found.at(-1)!.position : (positions.at(-1) ?? 0) };
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
