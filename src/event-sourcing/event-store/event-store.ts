import { Injectable } from '@nestjs/common';
import { SpanKind } from '@opentelemetry/api';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { StoredEvent } from '../domain-event.js';
import { InvalidAppendError } from '../errors.js';
import { type Message, MessageContext } from '../message-context.js';
import { ResolvedOptions } from '../options.js';
import { PreparedQueries } from '../prepared-queries.js';
import { requireStorable, requireText } from '../storable.js';
import { isStorableText } from '../storable-value.js';
import { activeTraceparent, inSpan } from '../tracing.js';
import { canonicalUuid } from '../uuid.js';
import {
  type AppendAtCommit,
  type AppendOptions,
  type AppendResult,
  type EventToAppend,
  type ExpectedVersion,
  LAST_VERSION,
  type PendingAppend,
  type StreamAppend,
} from './append.js';
import { outcomeOf, toResult } from './append-outcome.js';
import { ANY_VERSION, type AppendRow, type AppendVerdict, STREAM_EXISTS } from './append.sql.js';
import { CallerTransaction } from './caller-transaction.js';
import { LogWriter } from './log-writer.js';
import { PendingResults, versionAfter } from './pending-append.js';
import { selectVersionAt } from './version-at.sql.js';
import { selectEventsAt, selectHead, selectStream, selectWindow } from './read.sql.js';
import { Database } from '../postgres/database.js';

const PAGE = 500;

type Answer = AppendResult | PendingAppend;

interface SingleAppend {
  streamId: string;
  event: EventToAppend;
}

type PendingEvent = Omit<StoredEvent, 'position' | 'version' | 'timestamp'>;

/** @throws InvalidAppendError when there is none: nothing would ever append what is handed in */
function transactionOf(manager: EntityManager | undefined): CallerTransaction {
  const transaction = manager && CallerTransaction.of(manager);
  if (transaction !== undefined) return transaction;
  throw new InvalidAppendError(
    'An append at the commit needs the manager of a transaction that TypeORM has begun, by dataSource.transaction or ' +
      'queryRunner.startTransaction: the commit of another one would go by without the events.',
  );
}

/** The log. Reads give events as they are stored; `EventRegistry.revive` makes instances of their classes. */
@Injectable()
export class EventStore {
  private readonly events: string;

  constructor(
    private readonly database: Database,
    private readonly options: ResolvedOptions,
    private readonly context: MessageContext,
    private readonly queries: PreparedQueries,
    private readonly writer: LogWriter,
  ) {
    this.events = options.qualified('events');
  }

  /**
   * Appends events to one stream, all or none.
   *
   * With `at: 'commit'` the answer is a `PendingAppend`, and the commit of the caller's transaction throws the first two.
   *
   * @throws ConcurrencyError when the stream is not at the expected version
   * @throws PartialDuplicateError when some, not all, of the event ids are in the log already
   * @throws InvalidAppendError when PostgreSQL cannot hold an event, or there is no transaction whose commit could be waited for
   * @throws AppendLockTimeoutError when another transaction keeps the log locked for longer than `appendLockTimeoutMs`
   * @throws AppendInsideTransactionError when it would wait for a transaction around it that has appended
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
   * Appends to several streams as one unit, in the given order. The result is about the last event.
   *
   * @throws as `appendToStream`; a `ConcurrencyError` names the first stream that was not as expected
   */
  appendToStreams(appends: readonly StreamAppend[], options: AppendAtCommit): Promise<PendingAppend>;
  appendToStreams(appends: readonly StreamAppend[], options?: AppendOptions): Promise<AppendResult>;
  appendToStreams(
    appends: readonly StreamAppend[],
    { manager, at }: AppendOptions | AppendAtCommit = {},
  ): Promise<AppendResult | PendingAppend> {
    this.enter({ manager, at });
    return this.inAppendSpan(appends.at(-1)?.streamId, async () => {
      const message = this.message();
      const rows = appends.flatMap((append) => this.toRows(append, 0, message));
      if (at === 'commit') return this.handIn(appends, rows, manager);
      return outcomeOf(await this.writer.write(rows, rows.map(idOf), manager), appends);
    });
  }

  /** Before the first `await` of an append. @throws InvalidAppendError for a transaction that the log is not in */
  private enter({ manager, at }: { manager?: EntityManager; at?: string }): void {
    if (at !== undefined && at !== 'call' && at !== 'commit')
      throw new InvalidAppendError(`"at" is "${at}": it must be "call" or "commit".`);
    if (manager === undefined) return;
    if (!this.database.isSame(manager.connection))
      throw new InvalidAppendError(
        'The manager is of a data source of another database than the log: the events would be stored there.',
      );
    CallerTransaction.enter(manager);
  }

  private async handIn(
    appends: readonly StreamAppend[],
    rows: readonly AppendRow[],
    manager: EntityManager,
  ): Promise<PendingAppend> {
    const last = rows.at(-1);
    if (last === undefined) throw new InvalidAppendError('No streams were given.');
    const results = new PendingResults<AppendResult>();
    await this.writer.writeAtCommit(transactionOf(manager), {
      rows,
      eventIds: rows.map(idOf),
      judged: (verdicts) => results.judge(outcomeOf(verdicts, appends)),
      committed: () => results.commit(),
    });
    return results.pending(last, versionAfter(appends), (result) => result);
  }

  /**
   * Appends independent events in one transaction, each to its stream at any version. An event whose id is in the
   * log already, or came before in this call, is left out and answered with its first place.
   */
  appendEach(appends: readonly SingleAppend[], options: AppendAtCommit): Promise<PendingAppend[]>;
  appendEach(appends: readonly SingleAppend[], options?: AppendOptions): Promise<AppendResult[]>;
  async appendEach(
    appends: readonly SingleAppend[],
    options: AppendOptions | AppendAtCommit = {},
  ): Promise<AppendResult[] | PendingAppend[]> {
    if (appends.length === 0) return [];
    this.enter(options);
    const streamId = appends.length === 1 ? appends[0]!.streamId : undefined;
    return this.inAppendSpan(streamId, () => this.appendAsTheyAre(appends, options));
  }

  private async appendAsTheyAre(
    appends: readonly SingleAppend[],
    { manager, at }: AppendOptions | AppendAtCommit,
  ): Promise<AppendResult[] | PendingAppend[]> {
    const message = this.message();
    const rows = appends.flatMap(({ streamId, event }, number) =>
      this.toRows({ streamId, expectedVersion: 'any', events: [event] }, number, message),
    );
    const firsts = new Map(rows.toReversed().map((row) => [row.event_id, row]));
    const isFirst = (row: AppendRow) => firsts.get(row.event_id) === row;
    const toResults = (verdicts: readonly AppendVerdict[]): AppendResult[] => {
      const results = new Map(verdicts.map((verdict) => [verdict.event_id, toResult(verdict)]));
      return rows.map((row) => {
        const result = results.get(row.event_id)!;
        return isFirst(row) ? result : { ...result, verdict: 'duplicate' };
      });
    };
    if (at !== 'commit')
      return toResults(await this.writer.write(rows.filter(isFirst), rows.map(idOf), manager));
    const pending = new PendingResults<AppendResult[]>();
    await this.writer.writeAtCommit(transactionOf(manager), {
      rows: rows.filter(isFirst),
      eventIds: rows.map(idOf),
      judged: (verdicts) => pending.judge(toResults(verdicts)),
      committed: () => pending.commit(),
    });
    return rows.map((row, index) => pending.pending(row, undefined, (results) => results[index]!));
  }

  /** Events that wait for the commit of the manager's transaction, in order: they have no position and no time yet. */
  pendingEvents(streamId: string, manager: EntityManager): PendingEvent[] {
    const transaction = CallerTransaction.known(manager);
    if (transaction === undefined) return [];
    return transaction
      .handedIn(this.writer, streamId)
      .flatMap(({ rows }) => rows.filter((row) => row.stream_id === streamId))
      .map((row) => ({
        eventId: row.event_id,
        streamId,
        type: row.event_type,
        data: row.event_data,
        metadata: row.metadata,
      }));
  }

  /**
   * Events of a stream, at most `maxCount`; none when there is no such stream.
   *
   * @param options.fromVersion first version to read. Default: the first, or backwards, the last.
   * @param options.maxCount default: 500
   */
  readStream(
    streamId: string,
    options: { fromVersion?: number; maxCount?: number; direction?: 'forwards' | 'backwards' } = {},
    manager?: EntityManager,
  ): Promise<StoredEvent[]> {
    const direction = options.direction ?? 'forwards';
    if (isBeyond(streamId, options.fromVersion, direction)) return Promise.resolve([]);
    const { queries } = this;
    const query: typeof queries.query = (text, values) =>
      manager === undefined ? queries.query(text, values) : manager.query(text, values);
    return selectStream(query, this.events, {
      streamId,
      fromVersion: Math.min(
        options.fromVersion ?? (direction === 'forwards' ? 1 : LAST_VERSION),
        LAST_VERSION,
      ),
      maxCount: options.maxCount ?? PAGE,
      direction,
    });
  }

  /** All events of a stream from `fromVersion` on, page by page, in bounded memory. */
  async *iterateStream(
    streamId: string,
    options: { fromVersion?: number; pageSize?: number } = {},
    manager?: EntityManager,
  ): AsyncGenerator<StoredEvent> {
    const maxCount = options.pageSize ?? PAGE;
    let fromVersion = options.fromVersion ?? 1;
    for (;;) {
      const page = await this.readStream(streamId, { fromVersion, maxCount }, manager);
      yield* page;
      if (page.length < maxCount) return;
      fromVersion += maxCount;
    }
  }

  /**
   * Events of the log after `fromPosition` (exclusive), at most `maxCount`.
   *
   * @param options.types only these; a rare type is looked for in all of the log
   */
  async readAll(
    options: { fromPosition?: number; maxCount?: number; types?: readonly string[] } = {},
  ): Promise<StoredEvent[]> {
    return selectWindow(this.database.statements, this.events, {
      after: options.fromPosition ?? 0,
      upTo: Number.MAX_SAFE_INTEGER,
      types: options.types ?? [],
      maxCount: options.maxCount ?? PAGE,
    });
  }

  /** The version that a stream had at an instant; 0 before its first event. */
  versionAt(streamId: string, instant: Date): Promise<number> {
    return selectVersionAt(this.database.statements, this.events, streamId, instant);
  }

  /** The events at these positions, in the order of the log; those that the log does not have are left out. */
  readPositions(positions: readonly number[]): Promise<StoredEvent[]> {
    return selectEventsAt(this.database.statements, this.events, positions);
  }

  /** The whole log after `fromPosition`, page by page, in bounded memory; ends at the end the log has by then. */
  async *iterateAll(
    options: { fromPosition?: number; pageSize?: number; types?: readonly string[] } = {},
  ): AsyncGenerator<StoredEvent> {
    const maxCount = options.pageSize ?? PAGE;
    let { fromPosition = 0 } = options;
    for (;;) {
      const page = await this.readAll({ ...options, fromPosition, maxCount });
      yield* page;
      if (page.length < maxCount) return;
      fromPosition = page.at(-1)!.position;
    }
  }

  /** Position of the last event; 0 when the log is empty. */
  head(): Promise<number> {
    return selectHead(this.database.statements, this.events);
  }

  /** Resolves when every append that was accepted is answered. For shutdown, after whoever appends has stopped. */
  drained(): Promise<void> {
    return this.writer.drained();
  }

  /** An append waits for its turn and for the commit it shares: the span shows both, as one. */
  private inAppendSpan<Result extends Answer | Answer[]>(
    streamId: string | undefined,
    append: () => Promise<Result>,
  ): Promise<Result> {
    const collection = `${this.options.schema}.events`;
    const describe = () => ({
      name: `append ${collection}`,
      options: {
        kind: SpanKind.PRODUCER,
        attributes: {
          'db.system.name': 'postgresql',
          'db.operation.name': 'append',
          'db.collection.name': collection,
          ...(streamId !== undefined && { 'eventfold.stream.id': streamId }),
        },
      },
    });
    return inSpan(describe, async (span) => {
      const result = await append();
      const last: Answer | undefined = Array.isArray(result) ? result.at(-1) : result;
      if (last !== undefined && 'position' in last) span?.setAttribute('eventfold.position', last.position);
      return result;
    });
  }

  /** One for all events of a call: outside of any message, too, they belong together. */
  private message(): Message {
    const message = this.context.current();
    requireStorable(message, 'metadata');
    return message;
  }

  private toRows(
    { streamId, expectedVersion, events }: StreamAppend,
    append: number,
    message: Message,
  ): AppendRow[] {
    if (events.length === 0) throw new InvalidAppendError(`No events were given for stream ${streamId}.`);
    requireText(streamId, 'The stream id');
    const traceparent = activeTraceparent();
    const expected = encodeExpected(expectedVersion);
    return events.map((event) => {
      requireText(event.type, 'The event type');
      requireStorable(event.data);
      return {
        append,
        stream_id: streamId,
        expected,
        event_id: event.eventId === undefined ? uuidv7() : eventIdOf(event.eventId),
        event_type: event.type,
        event_data: event.data,
        metadata: { ...message, ...traceparent, schemaVersion: schemaVersionOf(event) },
        ownId: event.eventId === undefined,
      };
    });
  }
}

/** Whether no stream can have such an event: PostgreSQL would refuse the question. */
const isBeyond = (streamId: string, fromVersion = 0, direction: 'forwards' | 'backwards') =>
  !isStorableText(streamId) || (direction === 'forwards' && fromVersion > LAST_VERSION);

function eventIdOf(given: string): string {
  const eventId = canonicalUuid(given);
  if (eventId !== undefined) return eventId;
  throw new InvalidAppendError(`The event id ${JSON.stringify(given)} is no UUID.`);
}

function schemaVersionOf({ type, schemaVersion = 1 }: EventToAppend): number {
  if (Number.isInteger(schemaVersion) && schemaVersion >= 1) return schemaVersion;
  throw new InvalidAppendError(
    `The schema version of "${type}" is a whole number from 1 on, not ${String(schemaVersion)}.`,
  );
}

const idOf = ({ event_id }: AppendRow) => event_id;

function encodeExpected(expected: ExpectedVersion): number {
  switch (expected) {
    case 'no-stream':
      return 0;
    case 'stream-exists':
      return STREAM_EXISTS;
    case 'any':
      return ANY_VERSION;
    default:
      if (Number.isInteger(expected) && expected >= 0 && expected <= LAST_VERSION) return expected;
      throw new InvalidAppendError(
        `An expected version is a whole number from 0 to ${LAST_VERSION}, not ${String(expected)}.`,
      );
  }
}
