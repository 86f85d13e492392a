import type { EventMetadata } from '../../event/domain-event.js';
import type { RowToSeal } from '../../privacy/personal-writer.js';

/** Values of `expected` besides a version; `append_events` knows these numbers. */
export const STREAM_EXISTS = -1;
export const ANY_VERSION = -2;

/** An event on its way into the log. */
export interface AppendRow extends RowToSeal {
  /** Events with the same number are appended together or not at all. */
  append: number;
  stream_id: string;
  /** The version that the stream must have (0: no stream), `STREAM_EXISTS` or `ANY_VERSION`. */
  expected: number;
  event_id: string;
  event_type: string;
  event_data: object;
  metadata: EventMetadata;
  /** The persons whose personal data the event has. Not sent as a part of the event. Default: none. */
  subjects?: readonly string[] | undefined;
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
