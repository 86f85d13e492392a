import type { EntityManager } from 'typeorm';
import type { EventMetadata } from '../domain-event.js';
import { translateAppendFailure } from './append-failure.js';

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

/** The log's answer about one event. See the migration that creates `append_events`. */
export interface AppendVerdict {
  append: number;
  verdict: 'appended' | 'conflict' | 'duplicate';
  stream_id: string;
  event_id: string;
  /** Of the event; for a conflict, the version the stream has. */
  stream_version: number;
  global_position: string | null;
  timestamp: Date | null;
}

/**
 * Sends a batch, as `AppendBatch.toJson` makes it, to `append_events` and brings back a verdict for each event, in order. From here to the end of the
 * transaction the log is locked for other appends.
 */
export async function appendEvents(
  manager: EntityManager,
  appendFunction: string,
  json: string,
): Promise<AppendVerdict[]> {
  try {
    return await manager.query(`select * from ${appendFunction}($1)`, [json]);
  } catch (error) {
    throw translateAppendFailure(error);
  }
}
