import { Injectable, Logger } from '@nestjs/common';
import { EventfoldError } from '../errors.js';
import { AnswerNotKnownError } from './answer-not-known.error.js';
import { IdempotencyKeyReusedError } from './idempotency-key-reused.error.js';
import { RepeatedCallError, VersionMismatchError } from '../log/append/append-errors.js';
import type { AppendResult } from '../log/append/append.js';
import { CurrentTransaction } from '../log/append/current-transaction.js';
import { IdempotentCall } from '../event/idempotent-call.js';
import { SecondAppendError } from '../event/second-append.error.js';
import { MessageContext } from '../event/message-context.js';
import { requireLog } from '../event/no-log.error.js';
import { ResolvedOptions } from '../options.js';
import {
  insertAnswer,
  type RecordedKey,
  selectEventsOfKey,
  selectKey,
  updateToAnswer,
} from './idempotency-keys.sql.js';
import { type KeptRefusal, keepRefusal, RepeatedRefusal } from './repeated-refusal.js';
import { Database, type Statements } from '../postgres/database.js';

/** The result of a call. Its answer may be made of nothing else, so that a repeat gets the same answer. */
export interface CallOutcome {
  /** The events of the call, in order. A `duplicate` was in the log before the call. */
  events: AppendResult[];
  /** The object that the call stored with `IdempotencyKeys.keep`. */
  kept: any;
}

/**
 * Makes a repeated command take effect once. The key is taken in the transaction that appends the command's events:
 * both are stored or neither is, also after a crash and on any instance. A command that appends nothing stores its
 * answer with the key.
 *
 * A call may fail when its events are stored. Then the failure replaces the events in the record of the key, so that a
 * repeat fails alike. When the process dies in between, a repeat gets the answer of the events.
 *
 * The key is not looked up first, since nearly all keys are new. A repeat is noticed when it tries to take its key.
 *
 * In a running transaction of the application the key is looked up first, since the commit takes it, which is too late
 * for the first answer. The statements go by the connection of that transaction, and are rolled back with it.
 */
@Injectable()
export class IdempotencyKeys {
  private readonly logger = new Logger('Idempotency keys');
  private readonly table: string;
  private readonly events: string;

  constructor(
    private readonly database: Database,
    private readonly options: ResolvedOptions,
    private readonly context: MessageContext,
    private readonly current: CurrentTransaction,
  ) {
    this.table = options.qualified('idempotency_keys');
    this.events = options.qualified('events');
  }

  /**
   * Runs `work`, which may append once, unless a call with this key has been answered before. Then nothing is appended,
   * and the first answer comes back, a refusal included; `restore` makes the answer when the call had appended.
   * Failures that may pass (conflicts, an absent database, invalid input) leave the key free, unless `work` has
   * appended: then the failure is the first answer.
   *
   * @throws IdempotencyKeyReusedError when the key was used with another fingerprint
   * @throws SecondAppendError when `work` appends again
   * @throws RepeatedRefusal when the first call was refused; and any error that `work` throws
   */
  async once<Result extends object>(
    { key, fingerprint }: Pick<IdempotentCall, 'key' | 'fingerprint'>,
    work: () => Promise<Result>,
    restore: (outcome: CallOutcome) => Result,
  ): Promise<{ result: Result; isRepeat: boolean }> {
    requireLog(this.options);
    const call = new IdempotentCall(this.options, key, fingerprint);
    const before = this.isJoined ? await this.recorded(key) : undefined;
    if (before !== undefined) return { result: await this.answerOf(before, call, restore), isRepeat: true };
    try {
      const result = await this.context.runCall(call, work).finally(() => (call.isOver = true));
      if (call.hasTakenKey || (await this.take(call, { result }))) return { result, isRepeat: false };
    } catch (error) {
      if (call.hasTakenKey) throw await this.failureAfterAppend(call, error);
      if (!(await this.isRepeat(call, error))) throw error;
    }
    const taken = await this.recorded(key);
    if (taken === undefined) throw new RepeatedCallError(key); // it can only have expired at this moment
    return { result: await this.answerOf(taken, call, restore), isRepeat: true };
  }

  private get isJoined(): boolean {
    return this.current.manager !== undefined;
  }

  private get statements(): Statements {
    return this.current.manager ?? this.database.statements;
  }

  private recorded(key: string): Promise<RecordedKey | undefined> {
    return selectKey(this.statements, this.table, key);
  }

  /** Stores an object with the key of the running call, if there is one, for `restore`. It must survive JSON. */
  keep(something: object): void {
    const call = this.context.currentCall(this.options);
    if (call !== undefined) call.kept = something;
  }

  /**
   * Whether an error of `work` means that the key is taken: directly, or because another call stored its answer first.
   * A refusal in a transaction of the application is not stored: it is rolled back, and the repeat is decided again.
   */
  private async isRepeat(call: IdempotentCall, error: unknown): Promise<boolean> {
    if (error instanceof RepeatedCallError) return true;
    if (this.isJoined) return false;
    return isFinal(error) && !(await this.take(call, { refusal: this.describe(error) }));
  }

  /**
   * Stores the failure of a call whose events are stored, and returns it. In a transaction of the application it is not
   * stored: the transaction is rolled back, with the events.
   */
  private async failureAfterAppend(call: IdempotentCall, error: unknown): Promise<unknown> {
    // Two appends at the same moment: the second began before the first had taken the key.
    const failure = error instanceof RepeatedCallError ? new SecondAppendError() : error;
    if (this.isJoined) return failure;
    await this.keepFailure(call, failure).catch((reason: Error) =>
      this.logger.warn(
        `A repeat of a call that failed after its append will get a success: ${reason.message}`,
      ),
    );
    return failure;
  }

  private async keepFailure(call: IdempotentCall, error: unknown): Promise<void> {
    const known = isOfClient(error) ? error : await this.answerNotKnown(call.key);
    if (known === undefined) return;
    const answer = { refusal: this.describe(known) };
    const { key, fingerprint } = call;
    await updateToAnswer(this.statements, this.table, { key, fingerprint, answer });
  }

  private async answerNotKnown(key: string): Promise<AnswerNotKnownError | undefined> {
    const taken = await this.recorded(key);
    if (taken === undefined || taken.event_ids === null) return undefined; // a transaction has taken the key back
    const { events } = await this.outcomeOf(taken);
    return new AnswerNotKnownError(Math.max(...events.map(({ position }) => position)));
  }

  private describe(error: EventfoldError): KeptRefusal {
    return keepRefusal(error, this.context.current().correlationId);
  }

  private take({ key, fingerprint }: IdempotentCall, answer: object): Promise<boolean> {
    return insertAnswer(this.statements, this.table, { key, fingerprint, answer });
  }

  private async answerOf<Result>(
    recorded: RecordedKey,
    { key, fingerprint }: IdempotentCall,
    restore: (outcome: CallOutcome) => Result,
  ): Promise<Result> {
    if (recorded.fingerprint !== fingerprint) throw new IdempotencyKeyReusedError(key);
    if (recorded.answer === null) return restore(await this.outcomeOf(recorded));
    if ('refusal' in recorded.answer) throw new RepeatedRefusal(recorded.answer.refusal as KeptRefusal);
    return (recorded.answer as { result: Result }).result;
  }

  private async outcomeOf({ event_ids, head, kept }: RecordedKey): Promise<CallOutcome> {
    return {
      events: await selectEventsOfKey(this.statements, this.events, event_ids!, head!),
      kept,
    };
  }
}

/** Whether the answer is final: a rule refused it, or something does not exist. */
function isFinal(error: unknown): error is EventfoldError {
  if (!(error instanceof EventfoldError)) return false;
  return error.kind === 'refused' || error.kind === 'not-found' || error instanceof VersionMismatchError;
}

/** Whether the client gets the words of the error: it is none of this side, such as an absent database or a defect. */
function isOfClient(error: unknown): error is EventfoldError {
  return error instanceof EventfoldError && error.kind !== 'unavailable' && error.kind !== 'broken';
}
