import { type Span, SpanKind } from '@opentelemetry/api';
import type { EntityManager } from 'typeorm';
import type { StoredEvent } from '../../event/domain-event.js';
import { ConcurrencyError } from './append-errors.js';
import { InvalidAppendError } from '../../event/event-errors.js';
import { requireLog } from '../../event/no-log.error.js';
import type { Caller, MessageContext } from '../../event/message-context.js';
import type { ResolvedOptions } from '../../options.js';
import { dataSourceOf } from '../../postgres/data-source-of.js';
import type { Database } from '../../postgres/database.js';
import { requireStorable } from '../../event/storable.js';
import { inSpan } from '../../telemetry/tracing.js';
import type {
  AppendAtCommit,
  AppendOptions,
  AppendResult,
  EventToAppend,
  PendingAppend,
  StreamAppend,
} from './append.js';
import { outcomeOf, toResult } from './append-outcome.js';
import { idOf, toRows } from './append-rows.js';
import type { AppendTicket } from './append-ticket.js';
import type { AppendRow, AppendVerdict } from './append-row.js';
import { CallerTransaction } from './caller-transaction.js';
import { joinedResult } from './joined-result.js';
import { enterTransaction, requireNotOver } from './surrounding-transactions.js';
import type { AtCommit, LogWriter, RowsToWrite } from './log-writer.js';
import { PendingResults, versionAfter } from './pending-append.js';
import type { PersonalWriter } from '../../privacy/personal-writer.js';
import { TransactionConflictError } from './transaction-errors.js';

type Answer = AppendResult | PendingAppend;

export interface SingleAppend {
  streamId: string;
  event: EventToAppend;
}

/** An event that waits for the commit of the caller's transaction. */
export interface PendingEvent extends Omit<StoredEvent, 'position' | 'version' | 'timestamp'> {
  /** Undefined until the transaction is committed. */
  readonly position: number | undefined;
}

/** @throws InvalidAppendError when TypeORM has begun no transaction: the events handed in would never be appended */
function transactionOf(manager: EntityManager | undefined): CallerTransaction {
  const transaction = manager && CallerTransaction.of(manager);
  if (transaction !== undefined) return transaction;
  throw new InvalidAppendError(
    'An append at the commit needs the manager of a transaction that TypeORM has begun, by dataSource.transaction or ' +
      'queryRunner.startTransaction, and not ended: the commit of any other transaction would not append the events.',
  );
}

/** @throws TransactionConflictError, and what `outcomeOf` throws */
function outcomeAtCommit(verdicts: readonly AppendVerdict[], appends: readonly StreamAppend[]): AppendResult {
  try {
    return outcomeOf(verdicts, appends);
  } catch (error) {
    throw error instanceof ConcurrencyError ? new TransactionConflictError(error) : error;
  }
}

/**
 * Checks a call before it does anything.
 *
 * @returns its options, with the running transaction when the append joins that
 */
export type Admission = (
  method: string,
  appends: readonly { streamId: string }[],
  options: AppendOptions | AppendAtCommit,
) => AppendOptions | AppendAtCommit;

/** Appends, and tells the span the position of the last event. */
async function noting<Result extends Answer | Answer[]>(
  span: Span,
  append: () => Promise<Result>,
): Promise<Result> {
  const result = await append();
  const last: Answer | undefined = Array.isArray(result) ? result.at(-1) : result;
  if (last !== undefined && 'position' in last) span.setAttribute('eventfold.position', last.position);
  return result;
}

/** A caller that did not ask for `at: 'commit'` gets a result whose values come late when the append has joined. */
const answerTo = ({ at }: AppendOptions | AppendAtCommit, answer: Answer): Answer =>
  answer.verdict === 'pending' && at !== 'commit' ? joinedResult(answer) : answer;

/**
 * The entry of appends into the log, and the results that callers get.
 *
 * Each append of a busy process passes here, so nothing is awaited, and no function is asynchronous, without need: a
 * promise costs as much as the look at all arguments.
 */
export class Appends {
  constructor(
    private readonly parts: {
      admit: Admission;
      database: Database;
      options: ResolvedOptions;
      context: MessageContext;
      writer: LogWriter;
      personal: PersonalWriter;
    },
  ) {}

  /** Appends all events or none. */
  async together(appends: readonly StreamAppend[], options: AppendOptions | AppendAtCommit): Promise<Answer> {
    const admitted = this.admit('EventStore.appendToStreams', appends, options);
    return answerTo(options, await this.write(appends, admitted));
  }

  /** Like `together`, for decisions that build on each other. */
  async decision(appends: readonly StreamAppend[], ticket: AppendTicket): Promise<AppendResult> {
    requireLog(this.parts.options);
    return this.write(appends, {}, ticket) as Promise<AppendResult>;
  }

  /** Appends each event by itself. */
  async each(
    appends: readonly SingleAppend[],
    options: AppendOptions | AppendAtCommit,
  ): Promise<AppendResult[] | PendingAppend[]> {
    const admitted = this.admit('EventStore.appendEach', appends, options);
    if (appends.length === 0) return [];
    const streamId = appends.length === 1 ? appends[0]!.streamId : undefined;
    const answers = await this.inAppendSpan(streamId, () => this.appendAsTheyAre(appends, admitted));
    return answers.map((answer) => answerTo(options, answer)) as AppendResult[] | PendingAppend[];
  }

  private write(
    appends: readonly StreamAppend[],
    { manager, at }: AppendOptions | AppendAtCommit,
    ticket?: AppendTicket,
  ): Promise<Answer> {
    return this.inAppendSpan(appends.at(-1)?.streamId, async () => {
      const { message, call } = this.caller();
      const rows = appends.flatMap((append) => toRows(append, 0, message));
      if (rows.length === 0) throw new InvalidAppendError('No streams were given.');
      const work = { rows, eventIds: rows.map(idOf), call, ticket };
      return this.parts.personal.store(rows, manager !== undefined, async () => {
        if (at === 'commit') return this.handIn(appends, work, manager);
        return outcomeOf(await this.parts.writer.write(work, manager), appends);
      });
    });
  }

  private admit(
    method: string,
    appends: Parameters<Admission>[1],
    options: AppendOptions | AppendAtCommit,
  ): AppendOptions | AppendAtCommit {
    const admitted = this.parts.admit(method, appends, options);
    if (appends.length > 0) this.enter(admitted);
    return admitted;
  }

  /**
   * Must run before the first `await` of an append.
   *
   * @throws InvalidAppendError for a transaction of another database, or one that has ended
   */
  private enter({ manager }: AppendOptions | AppendAtCommit): void {
    if (manager === undefined) return;
    if (!this.parts.database.isSame(dataSourceOf(manager)))
      throw new InvalidAppendError(
        'The manager is of a data source of another database than the log: the events would be stored there.',
      );
    requireNotOver(manager);
    enterTransaction(manager);
  }

  private handIn(
    appends: readonly StreamAppend[],
    work: RowsToWrite,
    manager: EntityManager | undefined,
  ): PendingAppend {
    const last = work.rows.at(-1)!;
    const results = new PendingResults<AppendResult>();
    this.writeAtCommit(manager, work, {
      answered: (verdicts) => results.prepare(outcomeAtCommit(verdicts, appends)),
      committed: () => results.commit(),
    });
    return results.pending(last, versionAfter(appends), (result) => result);
  }

  private writeAtCommit(manager: EntityManager | undefined, work: RowsToWrite, atCommit: AtCommit): void {
    const transaction = transactionOf(manager);
    const { personal, writer } = this.parts;
    transaction.onRollback(() => personal.forgetKeys(work.rows)); // a lost key may be the reason
    writer.writeAtCommit(transaction, work, atCommit);
  }

  private async appendAsTheyAre(
    appends: readonly SingleAppend[],
    { manager, at }: AppendOptions | AppendAtCommit,
  ): Promise<AppendResult[] | PendingAppend[]> {
    const { message, call } = this.caller();
    const rows = appends.flatMap(({ streamId, event }, number) =>
      toRows({ streamId, expectedVersion: 'any', events: [event] }, number, message),
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
    const work = { rows: rows.filter(isFirst), eventIds: rows.map(idOf), call };
    return this.parts.personal.store<AppendResult[] | PendingAppend[]>(
      work.rows,
      manager !== undefined,
      async () => {
        if (at !== 'commit') return toResults(await this.parts.writer.write(work, manager));
        const pending = new PendingResults<AppendResult[]>();
        this.writeAtCommit(manager, work, {
          answered: (verdicts) => pending.prepare(toResults(verdicts)),
          committed: () => pending.commit(),
        });
        return rows.map((row, index) => pending.pending(row, undefined, (results) => results[index]!));
      },
    );
  }

  /** Events that wait for the commit of the manager's transaction, in order. They have no position and no time yet. */
  pending(streamId: string, manager: EntityManager): PendingEvent[] {
    const transaction = CallerTransaction.known(manager);
    if (transaction === undefined) return [];
    return this.parts.writer.waiting(transaction, streamId).map((waiting) => ({
      eventId: waiting.row.event_id,
      streamId,
      type: waiting.row.event_type,
      data: waiting.row.event_data,
      metadata: waiting.row.metadata,
      get position() {
        return waiting.position;
      },
    }));
  }

  /** The span covers the wait of an append for its turn and for the commit it shares. */
  private inAppendSpan<Result extends Answer | Answer[]>(
    streamId: string | undefined,
    append: () => Promise<Result>,
  ): Promise<Result> {
    const collection = `${this.parts.options.schema}.events`;
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
    return inSpan(describe, (span) => (span === undefined ? append() : noting(span, append)));
  }

  /** All events of a call share one message, also outside of any message: they belong together. */
  private caller(): Caller {
    const caller = this.parts.context.caller(this.parts.options);
    requireStorable(caller.message, 'metadata');
    return caller;
  }
}
