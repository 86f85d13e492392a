import type { EventMetadata } from '../../event/domain-event.js';
import type { AppendBatch } from './append-batch.js';
import { translateAppendFailure } from './append-failure.js';
import type { Statements } from '../../postgres/database.js';

/** Values of `expected` besides a version; `append_events` knows these numbers. */
export const STREAM_EXISTS = -1;
export const ANY_VERSION = -2;

/** An event on its way into the log. */
export interface AppendRow {
  /** Events with the same number are appended together or not at all. */
  append: number;
  stream_id: string;
  /** The version that the stream must have (0: no stream), `STREAM_EXISTS` or `ANY_VERSION`. */
  expected: number;
  event_id: string;
  event_type: string;
  event_data: object;
  metadata: EventMetadata;
  /** Whether the event id was made here. Not sent. */
  ownId: boolean;
}

/** The log's answer about one event. See the migrations that create `append_events` and `append_together`. */
export interface AppendVerdict {
  /** `repeated`: the idempotency key of the call is taken, and none of its events was appended. */
  verdict: 'appended' | 'conflict' | 'duplicate' | 'repeated';
  stream_id: string;
  event_id: string;
  /** The version of the event; the current version of the stream when the event is not in the log. */
  stream_version: number;
  /** Null when the event is not in the log. */
  position: number | null;
  timestamp: Date | null;
}

/** The limits of an append. */
export interface AppendLimits {
  /** How long it may wait for the lock of the log, in ms. */
  lockTimeoutMs: number;
  /** The latest timestamp that its events may get, whatever the database's clock says, in ms since 1970. */
  latest: number;
}

/**
 * Sends a batch to `append_within`, which checks each append, and returns a verdict for each event, in order. The log
 * is locked for other appends from now to the end of the transaction.
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
