import { firstBytes } from '../log/first-bytes.sql.js';
import { COLUMNS, type EventRow, isCut, type StreamPart, toStoredEvent } from '../log/read.sql.js';
import type { Statements } from '../postgres/database.js';

/** The first events of each stream, bounded in number and in bytes, by look-ups in the index of streams. */
export async function selectBeginnings(
  manager: Statements,
  events: string,
  streamIds: readonly string[],
  { maxCount, maxBytes }: { maxCount: number; maxBytes: number },
): Promise<Map<string, StreamPart>> {
  const beginning = `from ${events} where stream_id = wanted.stream_id order by stream_version limit $2`;
  const rows: (EventRow & { is_full: boolean })[] = await manager.query(
    `select beginning.* from unnest($1::text[]) as wanted (stream_id)
      cross join lateral (select stream_id, ${COLUMNS}, is_full from ${firstBytes(beginning, 'stream_version', '$3')}
                           order by stream_version) as beginning`,
    [streamIds, maxCount, maxBytes],
  );
  const streams = new Map(streamIds.map((id): [string, typeof rows] => [id, []]));
  for (const row of rows) streams.get(row.stream_id)!.push(row);
  return new Map(
    [...streams].map(([id, found]): [string, StreamPart] => [
      id,
      { events: found.map((row) => toStoredEvent(row)), isCut: isCut(found, maxCount) },
    ]),
  );
}

/** The streams whose given version is at or before a position. */
export async function selectReached(
  manager: Statements,
  events: string,
  places: readonly { streamId: string; version: number }[],
  upTo: number,
): Promise<Set<string>> {
  const rows = await manager.query<{ stream_id: string }[]>(
    `select wanted.stream_id from unnest($1::text[], $2::integer[]) as wanted (stream_id, version)
      cross join lateral (select global_position from ${events}
                           where stream_id = wanted.stream_id and stream_version = wanted.version
                           limit 1) as found
      where found.global_position <= $3`,
    [places.map(({ streamId }) => streamId), places.map(({ version }) => version), upTo],
  );
  return new Set(rows.map(({ stream_id }) => stream_id));
}
