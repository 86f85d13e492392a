/** PostgreSQL's largest `integer`, of which versions are. */
export const LAST_VERSION = 2 ** 31 - 1;

/**
 * What the stream must look like for the append to go through: exactly at a version, not there yet, there at
 * whatever version, or anything at all.
 */
export type ExpectedVersion = number | 'no-stream' | 'stream-exists' | 'any';

/** What `appendToStream` takes as an event; a `DomainEvent` is one. */
export interface EventToAppend {
  readonly type: string;
  readonly data: object;
  /** Default: 1. */
  readonly schemaVersion?: number;
  /** A UUID. The log takes each id once. Default: a new one. */
  readonly eventId?: string | undefined;
}

export interface StreamAppend {
  streamId: string;
  expectedVersion: ExpectedVersion;
  events: readonly EventToAppend[];
}

/** Where the last event of an append stands, now or since the first time. */
export interface AppendResult {
  verdict: 'appended' | 'duplicate';
  eventId: string;
  streamId: string;
  version: number;
  position: number;
  timestamp: Date;
}
