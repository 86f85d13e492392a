import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { StoredEvent } from '../event/domain-event.js';
import { MessageContext } from '../event/message-context.js';
import { ResolvedOptions } from '../options.js';
import { isStorableText } from '../event/storable-value.js';
import { Database, type Statements } from '../postgres/database.js';
import { PreparedQueries } from '../postgres/prepared-queries.js';
import {
  type AppendAtCommit,
  type AppendOptions,
  type AppendResult,
  type EventToAppend,
  type ExpectedVersion,
  type PendingAppend,
  type StreamAppend,
} from './append/append.js';
import type { AppendTicket } from './append/append-ticket.js';
import { type Admission, Appends, type PendingEvent, type SingleAppend } from './append/appends.js';
import { CurrentTransaction } from './append/current-transaction.js';
import { LogWriter } from './append/log-writer.js';
import { PersonalWriter } from '../privacy/personal-writer.js';
import { requireArguments } from '../options/require-arguments.js';
import {
  APPEND,
  ITERATE_ALL,
  ITERATE_STREAM,
  PENDING_EVENTS,
  READ_ALL,
  READ_POSITIONS,
  READ_STREAM,
  VERSION_AT,
} from './event-store-arguments.js';
import { refuseInsideDecision } from './running-decisions.js';
import { READ_BYTES, READ_PAGE } from './page-sizes.js';
import { requireLog } from '../event/no-log.error.js';
import {
  selectEventsAt,
  selectHead,
  selectStream,
  selectStreamPart,
  selectWindow,
  selectWindowPart,
  type StreamPart,
} from './read.sql.js';
import { rangeOf, type StreamOptions } from './stream-range.js';
import { endOfWindow, readTypes } from './typed-events.js';
import { selectVersionAt } from './version-at.sql.js';

/**
 * The log. Reads return events as they are stored; `EventRegistry.revive` makes instances of their classes. A wrong
 * argument is refused with an `InvalidArgumentError`.
 */
@Injectable()
export class EventStore {
  private readonly events: string;
  private readonly appends: Appends;

  constructor(
    private readonly database: Database,
    private readonly options: ResolvedOptions,
    context: MessageContext,
    private readonly queries: PreparedQueries,
    private readonly writer: LogWriter,
    private readonly current: CurrentTransaction,
    personal: PersonalWriter,
  ) {
    this.events = options.qualified('events');
    this.appends = new Appends({ admit: this.admit, database, options, context, writer, personal });
  }

  /**
   * Appends events to one stream, all or none.
   *
   * With `at: 'commit'` the result is a `PendingAppend`, and the commit of the caller's transaction throws the first
   * two errors. Without a `manager` it joins the running transaction, when the host sets `currentTransaction`.
   *
   * @throws ConcurrencyError when the stream is not at the expected version
   * @throws PartialDuplicateError when some, not all, of the event ids are in the log already
   * @throws InvalidAppendError when PostgreSQL cannot store an event, or when `at: 'commit'` has no transaction
   * @throws AppendLockTimeoutError when another transaction keeps the log locked for longer than `appendLockTimeoutMs`
   * @throws AppendInsideTransactionError when it would wait for a transaction around it that has appended
   * @throws NestedUpdateError inside an update of the stream's aggregate
   */
  appendToStream(
    streamId: string,
    expectedVersion: ExpectedVersion,
    events: readonly EventToAppend[],
    options: AppendAtCommit,
  ): Promise<PendingAppend>;
  appendToStream(
    streamId: string,
    expectedVersion: ExpectedVersion,
    events: readonly EventToAppend[],
    options?: AppendOptions,
  ): Promise<AppendResult>;
  appendToStream(
    streamId: string,
    expectedVersion: ExpectedVersion,
    events: readonly EventToAppend[],
    options: AppendOptions | AppendAtCommit = {},
  ): Promise<AppendResult | PendingAppend> {
    return this.appendToStreams([{ streamId, expectedVersion, events }], options as AppendOptions);
  }

  /**
   * Appends to several streams as one unit, in the given order. The result describes the last event.
   *
   * @throws as `appendToStream`; a `ConcurrencyError` names the first stream that was not as expected
   */
  appendToStreams(appends: readonly StreamAppend[], options: AppendAtCommit): Promise<PendingAppend>;
  appendToStreams(appends: readonly StreamAppend[], options?: AppendOptions): Promise<AppendResult>;
  appendToStreams(
    appends: readonly StreamAppend[],
    options: AppendOptions | AppendAtCommit = {},
  ): Promise<AppendResult | PendingAppend> {
    return this.appends.together(appends, options);
  }

  /**
   * Like `appendToStreams`, for decisions that build on each other before they are stored. For repositories.
   *
   * @throws BasisNotStored when the append that it builds on was not stored; then this one was not sent
   * @throws NestedUpdateError inside an update of the aggregate of one of the streams
   */
  appendDecision(appends: readonly StreamAppend[], ticket: AppendTicket): Promise<AppendResult> {
    for (const { streamId } of appends) refuseInsideDecision(this, streamId);
    return this.appends.decision(appends, ticket);
  }

  /**
   * Appends independent events in one transaction, each to its stream at any version. An event whose id is in the log
   * already, or came earlier in this call, is not appended again: its result is that of the first append.
   */
  appendEach(appends: readonly SingleAppend[], options: AppendAtCommit): Promise<PendingAppend[]>;
  appendEach(appends: readonly SingleAppend[], options?: AppendOptions): Promise<AppendResult[]>;
  appendEach(
    appends: readonly SingleAppend[],
    options: AppendOptions | AppendAtCommit = {},
  ): Promise<AppendResult[] | PendingAppend[]> {
    return this.appends.each(appends, options);
  }

  /**
   * Events that wait for the commit of the manager's transaction, in order. They have no position and no time yet.
   *
   * @param manager default: that of the running transaction, when the host sets `currentTransaction`
   */
  pendingEvents(streamId: string, manager = this.current.manager): PendingEvent[] {
    requireArguments('EventStore.pendingEvents', { streamId, manager }, PENDING_EVENTS);
    return manager === undefined ? [] : this.appends.pending(streamId, manager);
  }

  /** Events of a stream; none when the stream does not exist. */
  async readStream(
    streamId: string,
    options: StreamOptions = {},
    manager: EntityManager | undefined = this.current.manager,
  ): Promise<StoredEvent[]> {
    requireLog(this.options);
    requireArguments('EventStore.readStream', { streamId, options, manager }, READ_STREAM);
    const range = rangeOf(streamId, options);
    return range === undefined ? [] : selectStream(this.queryOf(manager), this.events, range);
  }

  /**
   * The first of these events, bounded in bytes besides their number: large events do not fill the memory. At least one
   * comes, when there is one. For repositories.
   */
  async readStreamPart(
    streamId: string,
    options: StreamOptions = {},
    manager: EntityManager | undefined = this.current.manager,
  ): Promise<StreamPart> {
    requireLog(this.options);
    requireArguments('EventStore.readStreamPart', { streamId, options, manager }, READ_STREAM);
    const range = rangeOf(streamId, options);
    if (range === undefined) return { events: [], isCut: false };
    return selectStreamPart(this.queryOf(manager), this.events, range, READ_BYTES);
  }

  /** All events of a stream from `fromVersion` on, page by page, in bounded memory. */
  async *iterateStream(
    streamId: string,
    options: { fromVersion?: number; pageSize?: number } = {},
    manager?: EntityManager,
  ): AsyncGenerator<StoredEvent> {
    requireArguments('EventStore.iterateStream', { streamId, options, manager }, ITERATE_STREAM);
    const maxCount = options.pageSize ?? READ_PAGE;
    let fromVersion = options.fromVersion ?? 1;
    for (;;) {
      const { events, isCut } = await this.readStreamPart(streamId, { fromVersion, maxCount }, manager);
      yield* events;
      if (!isCut) return;
      fromVersion = events.at(-1)!.version + 1;
    }
  }

  /**
   * Events of the log after `fromPosition` (exclusive), at most `maxCount`.
   *
   * @param options.types only these types; a rare type is searched for through the whole log
   */
  async readAll(
    options: { fromPosition?: number; maxCount?: number; types?: readonly string[] } = {},
  ): Promise<StoredEvent[]> {
    requireLog(this.options);
    requireArguments('EventStore.readAll', { options }, READ_ALL);
    const { fromPosition: after = 0, maxCount = READ_PAGE, types = [] } = options;
    const { statements, events } = this;
    if (types.length > 0) return readTypes(statements, events, { after, types, maxCount });
    return selectWindow(statements, events, { after, upTo: Number.MAX_SAFE_INTEGER, types, maxCount });
  }

  /** The version that a stream had at an instant; 0 before its first event. */
  async versionAt(streamId: string, instant: Date): Promise<number> {
    requireLog(this.options);
    requireArguments('EventStore.versionAt', { streamId, instant }, VERSION_AT);
    if (!isStorableText(streamId)) return 0;
    return selectVersionAt(this.statements, this.events, streamId, instant);
  }

  /** The events at these positions, in the order of the log. Positions that the log does not have are left out. */
  async readPositions(positions: readonly number[]): Promise<StoredEvent[]> {
    requireLog(this.options);
    requireArguments('EventStore.readPositions', { positions }, READ_POSITIONS);
    return selectEventsAt(this.statements, this.events, positions);
  }

  /** The whole log after `fromPosition`, page by page, in bounded memory. It ends at the head that the log has then. */
  async *iterateAll(
    options: { fromPosition?: number; pageSize?: number; types?: readonly string[] } = {},
  ): AsyncGenerator<StoredEvent> {
    requireArguments('EventStore.iterateAll', { options }, ITERATE_ALL);
    requireLog(this.options);
    const { pageSize: maxCount = READ_PAGE, types = [] } = options;
    let { fromPosition: after = 0 } = options;
    // What came meanwhile is walked through as well, as long as it is more than a page.
    for (let found = maxCount; found >= maxCount;) {
      const head = await this.head();
      found = 0;
      while (after < head) {
        const window = { after, upTo: endOfWindow(after, head, types), types, maxCount };
        const part = await selectWindowPart(this.statements, this.events, window, READ_BYTES);
        yield* part.events;
        found += part.events.length;
        after = part.upTo;
      }
    }
  }

  /** Position of the last event, as far as it is known where the log is elsewhere; 0 when the log is empty. */
  async head(): Promise<number> {
    return selectHead(this.statements, this.options.logEnd);
  }

  /**
   * Resolves when every accepted append is answered. From this call on, appends are refused with an
   * `AppendsClosedError`. For shutdown.
   */
  drained(): Promise<void> {
    return this.writer.drained();
  }

  /** A stream is read through a prepared statement, unless it is read in a transaction of the caller. */
  private queryOf(manager: EntityManager | undefined): PreparedQueries['query'] {
    const { queries } = this;
    return (text, values) =>
      manager === undefined ? queries.query(text, values) : manager.query(text, values);
  }

  /** Reads use the running transaction, or a connection of the pool. */
  private get statements(): Statements {
    return this.current.manager ?? this.database.statements;
  }

  /** An append that is given no transaction joins the running one. */
  private readonly admit: Admission = (method, appends, options) => {
    requireLog(this.options);
    requireArguments(method, { appends, options }, APPEND);
    for (const { streamId } of appends) refuseInsideDecision(this, streamId);
    if (options.manager !== undefined) this.current.requireOpen(options.manager);
    const manager = options.manager ?? this.current.manager;
    if (options.manager !== undefined || manager === undefined) return options;
    return { manager, at: options.at ?? 'commit' };
  };
}
