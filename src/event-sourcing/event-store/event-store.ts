import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { StoredEvent } from '../domain-event.js';
import { InvalidAppendError, RepeatedCallError } from '../errors.js';
import { LogSignal } from '../log-signal.js';
import { MessageContext } from '../message-context.js';
import { ResolvedOptions } from '../options.js';
import { PreparedQueries } from '../prepared-queries.js';
import { isTransient } from '../transient-failure.js';
import type { AppendResult, EventToAppend, ExpectedVersion, StreamAppend } from './append.js';
import { type AppendBatch, singleBatch } from './append-batch.js';
import { outcomeOf, toResult } from './append-outcome.js';
import { AppendQueue } from './append-queue.js';
import { appendTogether } from './append-together.sql.js';
import {
  ANY_VERSION,
  type AppendRow,
  type AppendVerdict,
  appendEvents,
  STREAM_EXISTS,
} from './append.sql.js';
import { LogNotifier, notifyOfGrowth } from './log-notifier.js';
import { selectHead, selectStream, selectWindow } from './read.sql.js';

export interface AppendOptions {
  /**
   * The caller's own transaction (READ COMMITTED): events and the caller's rows commit or roll back together. Other
   * appends wait from this call until that transaction ends, so append last and keep what follows short. An append
   * without `manager` in the middle of it waits for its end too, which never comes. And when PostgreSQL refuses an event
   * (`InvalidAppendError`), it has given the transaction up: nothing but a savepoint (`manager.transaction`) saves the rest.
   */
  manager?: EntityManager;
}

const PAGE = 500;
const LAST_VERSION = 2 ** 31 - 1;

/** The log. Reads give events as they are stored; `EventRegistry.revive` makes instances of their classes. */
@Injectable()
export class EventStore {
  private readonly events: string;
  private readonly appendEvents: string;
  private readonly appendTogether: string;
  private readonly queue: AppendQueue;
  private readonly notifier: LogNotifier;

  constructor(
    private readonly dataSource: DataSource,
    options: ResolvedOptions,
    private readonly context: MessageContext,
    private readonly signal: LogSignal,
    private readonly queries: PreparedQueries,
  ) {
    this.events = options.qualified('events');
    this.appendEvents = options.qualified('append_events');
    this.appendTogether = options.qualified('append_together');
    this.queue = new AppendQueue((batch) => this.send(batch), isTransient, options.groupCommit);
    this.notifier = new LogNotifier(() => notifyOfGrowth(queries, options.logChannel));
  }

  /**
   * Appends events to one stream, all or none.
   *
   * @throws ConcurrencyError when the stream is not at the expected version
   * @throws PartialDuplicateError when some, not all, of the event ids are in the log already
   * @throws InvalidAppendError when PostgreSQL cannot hold an event
   */
  appendToStream(
    streamId: string,
    expectedVersion: ExpectedVersion,
    events: readonly EventToAppend[],
    options?: AppendOptions,
  ): Promise<AppendResult> {
    return this.appendToStreams([{ streamId, expectedVersion, events }], options);
  }

  /**
   * Appends to several streams as one unit, in the given order. The result is about the last event.
   *
   * @throws as `appendToStream`; a `ConcurrencyError` names the first stream that was not as expected
   */
  async appendToStreams(appends: readonly StreamAppend[], options?: AppendOptions): Promise<AppendResult> {
    const verdicts = await this.submit(
      appends.flatMap((append) => this.toRows(append, 0)),
      options,
    );
    return outcomeOf(verdicts, appends);
  }

  /**
   * Appends independent events in one transaction, each to its stream at any version. An event whose id is in the
   * log already, or came before in this call, is left out and answered with its first place.
   */
  async appendEach(
    appends: readonly { streamId: string; event: EventToAppend }[],
    options?: AppendOptions,
  ): Promise<AppendResult[]> {
    if (appends.length === 0) return [];
    const rows = appends.flatMap(({ streamId, event }, number) =>
      this.toRows({ streamId, expectedVersion: 'any', events: [event] }, number),
    );
    const eventIds = rows.map(({ event_id }) => event_id);
    const firsts = new Map(rows.toReversed().map((row) => [row.event_id, row]));
    const isFirst = (row: AppendRow) => firsts.get(row.event_id) === row;
    const verdicts = await this.submit(rows.filter(isFirst), options, eventIds);
    const results = new Map(verdicts.map((verdict) => [verdict.event_id, toResult(verdict)]));
    return rows.map((row) => {
      const result = results.get(row.event_id)!;
      return isFirst(row) ? result : { ...result, verdict: 'duplicate' };
    });
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
    const { queries } = this;
    const query: typeof queries.query = (text, values) =>
      manager === undefined ? queries.query(text, values) : manager.query(text, values);
    return selectStream(query, this.events, {
      streamId,
      fromVersion: options.fromVersion ?? (direction === 'forwards' ? 1 : LAST_VERSION),
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
    return selectWindow(this.dataSource.manager, this.events, {
      after: options.fromPosition ?? 0,
      upTo: Number.MAX_SAFE_INTEGER,
      types: options.types ?? [],
      maxCount: options.maxCount ?? PAGE,
    });
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
    return selectHead(this.dataSource.manager, this.events);
  }

  /** Resolves when every append that was accepted is answered. For shutdown, after whoever appends has stopped. */
  async drained(): Promise<void> {
    await this.queue.drained();
    await this.notifier.drained();
  }

  private async submit(
    rows: readonly AppendRow[],
    { manager }: AppendOptions = {},
    eventIds = rows.map(({ event_id }) => event_id),
  ): Promise<AppendVerdict[]> {
    const call = this.context.currentCall();
    const key = call && { key: call.key, fingerprint: call.fingerprint, kept: call.kept, eventIds };
    const verdicts = await (manager === undefined
      ? this.queue.append(rows, key)
      : this.judge(singleBatch(rows, key), manager));
    if (verdicts[0]?.verdict === 'repeated') throw new RepeatedCallError(call!.key);
    if (call !== undefined) call.isRecorded = verdicts.every(({ position }) => position !== null);
    if (manager === undefined) this.tellOthers();
    return verdicts;
  }

  /** Hopes that nothing is in the way of the batch; only when something is, each append is judged. */
  private async send(batch: AppendBatch): Promise<AppendVerdict[]> {
    return (
      (await appendTogether(this.queries, this.appendTogether, batch)) ??
      (await this.judge(batch, this.dataSource.manager))
    );
  }

  private judge(batch: AppendBatch, manager: EntityManager): Promise<AppendVerdict[]> {
    return appendEvents(manager, this.appendEvents, batch);
  }

  private tellOthers(): void {
    this.signal.raise();
    this.notifier.notify();
  }

  private toRows({ streamId, expectedVersion, events }: StreamAppend, append: number): AppendRow[] {
    if (events.length === 0) throw new InvalidAppendError(`No events were given for stream ${streamId}.`);
    const message = this.context.current();
    return events.map((event) => ({
      append,
      stream_id: streamId,
      expected: encodeExpected(expectedVersion),
      event_id: event.eventId ?? uuidv7(),
      event_type: event.type,
      event_data: event.data,
      metadata: { ...message, schemaVersion: event.schemaVersion ?? 1 },
      ownId: event.eventId === undefined,
    }));
  }
}

function encodeExpected(expected: ExpectedVersion): number {
  switch (expected) {
    case 'no-stream':
      return 0;
    case 'stream-exists':
      return STREAM_EXISTS;
    case 'any':
      return ANY_VERSION;
    default:
      if (Number.isSafeInteger(expected) && expected >= 0) return expected;
      throw new InvalidAppendError(`An expected version is a whole number from 0 on, not ${expected}.`);
  }
}
