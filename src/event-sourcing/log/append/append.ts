import type { EntityManager } from 'typeorm';
import { MAX_INTEGER } from '../../postgres/integer.js';

/** The last possible version of a stream: versions are of type `integer`. */
export const LAST_VERSION = MAX_INTEGER;

/**
 * The condition on the stream for the append: an exact version, `no-stream` (the stream does not exist),
 * `stream-exists` (any version), or `any` (no condition).
 */
export type ExpectedVersion = number | 'no-stream' | 'stream-exists' | 'any';

/** An event for `appendToStream`; a `DomainEvent` is one. */
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
 * The position of an append's last event: the new one, or that of the first append when it is a duplicate.
 *
 * When an append joined the running transaction (`currentTransaction`), `verdict`, `position` and `timestamp` are known
 * after the commit. So is `version` when the append expects no exact version. Reading them earlier throws a
 * `NotCommittedError`.
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
   * appends wait from this call until that transaction ends. So append last and keep the rest short, or better, use
   * `at: 'commit'`. When PostgreSQL refuses an event (`InvalidAppendError`), it has aborted the transaction; only a
   * savepoint (`manager.transaction`) saves the rest.
   */
  manager?: EntityManager;
  /**
   * `call` appends at once, so that the answer has the position. Default: `call`; `commit` when the append joins the
   * running transaction by itself (`currentTransaction`).
   */
  at?: 'call';
}

/**
 * Hands the events to the caller's transaction, which appends them right before its commit: other appends wait only
 * from then on. A savepoint that is rolled back discards the events handed in within it. The commit throws the errors
 * of the append, such as a `ConcurrencyError`, and then nothing of the transaction is committed.
 */
export interface AppendAtCommit {
  /**
   * The manager of a transaction that TypeORM has begun: by `dataSource.transaction`, by
   * `queryRunner.startTransaction`, or through a library. Default: the running transaction, when the host sets
   * `currentTransaction`.
   */
  manager?: EntityManager;
  at: 'commit';
}

/**
 * An append that waits for the commit of the caller's transaction. It has no position yet: the commit assigns
 * positions.
 */
export interface PendingAppend {
  verdict: 'pending';
  /** The id of the last event. */
  eventId: string;
  streamId: string;
  /** The version that the last event will have; undefined when the append expects no exact version. */
  version: number | undefined;
  /** Undefined until the transaction is committed, and for ever when it is rolled back. */
  readonly result: AppendResult | undefined;
}
