import type { EventMetadata } from '../../event/domain-event.js';
import type { AppendBatch } from './append-batch.js';
import { translateAppendFailure } from './append-failure.js';
import type { Statements } from '../../postgres/database.js';

/** What `expected` says of a stream, beside a version; known to `append_events` by these numbers. */
export const STREAM_EXISTS = -1;
export const ANY_VERSION = -2;

/** An event on its way into the log. */
export interface AppendRow {
  /** Events with the same number are appended together or not at all. */
  append: number;
  stream_id: string;
  /** Version the stream must have (0: no stream), `STREAM_EXISTS` or `ANY_VERSION`. */
  expected: number;
  event_id: string;
  event_type: string;
  event_data: object;
  metadata: EventMetadata;
  /** Whether the event id was made here; not sent. */
  ownId: boolean;
}

/** The log's answer about one event. See the migrations that create `append_events` and `append_together`. */
export interface AppendVerdict {
  /** `repeated`: the idempotency key of the call is taken, and nothing of it was appended. */
  verdict: 'appended' | 'conflict' | 'duplicate' | 'repeated';
  stream_id: string;
  event_id: string;
  /** Of the event; where it is not in the log, the version the stream has. */
  stream_version: number;
  /** Null when the event is not in the log. */
  position: number | null;
  timestamp: Date | null;
}

/** What an append keeps to. */
export interface AppendLimits {
  /** How long it waits for the lock of the log at most, in ms. */
  lockTimeoutMs: number;
  /** The latest time that it may be recorded with, whatever the clock of the database says, in ms since 1970. */
  latest: number;
}

/**
 * Sends a batch to `append_within`, which judges each append, and brings back a verdict for each event, in order. From
 * here to the end of the transaction the log is locked for other appends.
 */
export async function appendEvents(
  manager: Statements,
  appendFunction: string,
  batch: AppendBatch,
  { lockTimeoutMs, latest }: AppendLimits,
): Promise<AppendVerdict[]> {
  try {
    const rows: (AppendVerdict & { global_position: string | null })[] = await manager.query(
      `select verdict, stream_id, event_id, stream_version, global_position, "timestamp"
         from ${appendFunction}((select $1::integer from set_config('eventfold.latest_time', $2, true)), $3, $4)`,
      [lockTimeoutMs, String(latest), ...batch.toRecords()],
    );
    return rows.map(({ global_position, ...verdict }) => ({
      ...verdict,
      position: global_position === null ? null : Number(global_position),
    }));
  } catch (error) {
    throw translateAppendFailure(error);
  }
}
