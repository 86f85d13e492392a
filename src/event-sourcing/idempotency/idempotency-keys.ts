import { Injectable } from '@nestjs/common';
import { EventfoldError } from '../errors.js';
import { IdempotencyKeyReusedError } from './idempotency-key-reused.error.js';
import { RepeatedCallError, VersionMismatchError } from '../log/append/append-errors.js';
import type { AppendResult } from '../log/append/append.js';
import { CurrentTransaction } from '../log/append/current-transaction.js';
import { IdempotentCall } from '../event/idempotent-call.js';
import { MessageContext } from '../event/message-context.js';
import { ResolvedOptions } from '../options.js';
import { type RecordedKey, insertAnswer, selectEventsOfKey, selectKey } from './idempotency-keys.sql.js';
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
 * The key is not looked up first, since nearly all keys are new. A repeat is noticed when it tries to take its key.
 *
 * In a running transaction of the application the key is looked up first, since the commit takes it, which is too late
 * for the first answer. The statements go by the connection of that transaction, and are rolled back with it.
 */
@Injectable()
export class IdempotencyKeys {
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
   * Failures that may pass (conflicts, an absent database, invalid input) leave the key free.
   *
   * @throws IdempotencyKeyReusedError when the key was used with another fingerprint
   * @throws RepeatedRefusal when the first call was refused; and any error that `work` throws
   */
  async once<Result extends object>(
    { key, fingerprint }: Pick<IdempotentCall, 'key' | 'fingerprint'>,
    work: () => Promise<Result>,
    restore: (outcome: CallOutcome) => Result,
  ): Promise<{ result: Result; isRepeat: boolean }> {
    const call = new IdempotentCall(this.options, key, fingerprint);
    const before = this.isJoined ? await this.recorded(key) : undefined;
    if (before !== undefined) return { result: await this.answerOf(before, call, restore), isRepeat: true };
    try {
      const result = await this.context.runCall(call, work);
      if (call.hasTakenKey || (await this.take(call, { result }))) return { result, isRepeat: false };
    } catch (error) {
      if (call.hasTakenKey || !(await this.isRepeat(call, error))) throw error;
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
