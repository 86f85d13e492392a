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

/**
 * How many bytes of text a compressed byte counts for. Usual JSON has 3 to 8, and text that repeats itself up to 90.
 * The real figure is known only after the whole value was read.
 */
const EXPANSION = 16;

/** The size of a value, without a read of its data: a large one lies in a table of its own. */
const sizeOf = (column: string) =>
  `pg_column_size(${column}) * case when pg_column_compression(${column}) is null then 1 else ${EXPANSION} end`;

/**
 * The first events of a window, at most `maxCount`, and no more after `maxBytes`: an event may have megabytes, so its
 * number alone would not bound the memory. At least one comes, when there is one.
 */
export async function selectWindowPart(
  manager: Statements,
  events: string,
  window: LogWindow & { maxCount: number },
  maxBytes: number,
): Promise<WindowPart> {
  const { columns, from, parameters } = windowOf(events, window);
  const rows = await manager.query<(EventRow & { is_full: boolean })[]>(
    `select ${columns}, bytes >= $${parameters.length + 1} as is_full from (
       select sized.*, sum(size) over (order by global_position rows unbounded preceding) as bytes from (
         select *, ${sizeOf('event_data')} + ${sizeOf('metadata')} as size ${from}) as sized) as summed
      where bytes - size < $${parameters.length + 1} order by global_position`,
    [...parameters, maxBytes],
  );
  const isCut = rows.length === window.maxCount || rows.at(-1)?.is_full === true;
  const found = rows.map((row) => toStoredEvent(row));
  return { events: found, upTo: isCut ? found.at(-1)!.position : window.upTo };
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
