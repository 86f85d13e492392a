import type { EntityManager } from 'typeorm';
import { MAX_INTEGER } from '../../postgres/integer.js';

/** A stream ends here, since its versions are of type `integer`. */
export const LAST_VERSION = MAX_INTEGER;

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

/**
 * Where the last event of an append stands, now or since the first time.
 *
 * Of an append that joined the running transaction (`currentTransaction`) `verdict`, `position` and `timestamp` are
 * known after the commit, and so is the `version` of one that expects no certain version: until then reading them
 * throws a `NotCommittedError`.
 */
export interface AppendResult {
  verdict: 'appended' | 'duplicate';
  eventId: string;
  streamId: string;
  version: number;
  position: number;
  timestamp: Date;
}

export interface AppendOptions {
  /**
   * The caller's own transaction (READ COMMITTED): events and the caller's rows commit or roll back together. Other
   * appends wait from this call until that transaction ends, so append last and keep what follows short, or better `at:
   * 'commit'`. When PostgreSQL refuses an event (`InvalidAppendError`), it has given the transaction up: nothing but a
   * savepoint (`manager.transaction`) saves the rest.
   */
  manager?: EntityManager;
  /**
   * `call` appends at once, so that the answer has the position. Default: `call`; of an append that joins the running
   * transaction by itself (`currentTransaction`), `commit`.
   */
  at?: 'call';
}

/**
 * Hands the events to the caller's transaction, which appends them right before its commit: others wait for the log
 * only from there on. A savepoint that is rolled back takes what was handed in with it. What stands in the way of the
 * append, such as a `ConcurrencyError`, is thrown by the commit, and then nothing of the transaction is committed.
 */
export interface AppendAtCommit {
  /**
   * Of a transaction that TypeORM has begun: `dataSource.transaction`, `queryRunner.startTransaction`, or a library's.
   * Default: the running one, where `currentTransaction` tells.
   */
  manager?: EntityManager;
  at: 'commit';
}

/**
 * An append that waits for the commit of the caller's transaction. Positions are given out there, so there is none yet.
 */
export interface PendingAppend {
  verdict: 'pending';
  /** Of the last event. */
  eventId: string;
  streamId: string;
  /** Of the last event, when it is committed; undefined where the append expects no certain version. */
  version: number | undefined;
  /** Undefined until the transaction is committed, and for good when it is rolled back. */
  readonly result: AppendResult | undefined;
}
