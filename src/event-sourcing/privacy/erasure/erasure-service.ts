import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { MessageContext } from '../../event/message-context.js';
import { requireLog } from '../../event/no-log.error.js';
import { AppendLockTimeoutError } from '../../log/append/append-errors.js';
import { COMPARED_TEXT, STORABLE_TEXT } from '../../log/argument-rules.js';
import { notifyOfAct } from '../../log/arrival/log-notifier.js';
import { selectHead } from '../../log/read.sql.js';
import { ResolvedOptions } from '../../options.js';
import { requireArguments } from '../../options/require-arguments.js';
import { callOptions, optional, type Rule, wholeNumber } from '../../options/rules.js';
import { Database } from '../../postgres/database.js';
import { MAX_INTEGER } from '../../postgres/integer.js';
import { LOCK_NOT_AVAILABLE, sqlStateOf } from '../../postgres/sql-state.js';
import { waitForLocksAtMost } from '../../postgres/time-limits.js';
import { canonicalUuid } from '../../event/uuid.js';
import type { Erasure, ErasureRequest } from './erasure.js';
import { ErasureNotFoundError } from './erasure-errors.js';
import { insertErasure, lockLog, selectErasure, selectFence, updateToLifted } from './erasures.sql.js';

/** An erasure that is about to be requested. */
export interface ErasureToRecord {
  /** A UUID. */
  id: string;
  subject: string;
  requestedBy: string | null;
  reason: string | null;
}

/**
 * Appends the events that record an erasure, such as `user.erased`, with `manager`: they commit with the fence. It may
 * append nothing for a subject that it does not know. Their data must not be personal. No other append runs meanwhile,
 * so a repository finds no conflict.
 */
export type RecordErasure = (erasure: ErasureToRecord, manager: EntityManager) => Promise<void>;

/** How often it looks for the end of an erasure, in ms. */
const LOOK_MS = 20;

const ID = { id: STORABLE_TEXT };
const SUBJECT = { subject: STORABLE_TEXT };
const REQUEST = {
  ...SUBJECT,
  request: callOptions({ requestedBy: optional(COMPARED_TEXT), reason: optional(COMPARED_TEXT) }),
};
const RECORDER: Rule = { says: 'a function', accepts: (value) => typeof value === 'function' };

/**
 * Forgets a person: the subject of personal fields (`personal`) and of rows (`@Personal`).
 *
 * A request raises the **fence** of the subject, together with the events that record the erasure. From then on an
 * append with personal data of the subject is refused (`SubjectErasedError`), also one that was decided before. A
 * process that folds then works off the steps, each in a transaction of its own: the key of the subject is destroyed,
 * what was made of its events is dropped or emptied, and the projections fold the erasure. When the process dies,
 * another goes on. The erasure is done when all steps are.
 */
@Injectable()
export class ErasureService {
  private readonly recorders = new Set<RecordErasure>();
  private readonly requests = new EventEmitter().setMaxListeners(0);

  constructor(
    private readonly database: Database,
    private readonly context: MessageContext,
    private readonly options: ResolvedOptions,
  ) {}

  /** Calls `record` in the transaction of each request. @returns the function that ends it */
  recordBy(record: RecordErasure): () => void {
    requireArguments('ErasureService.recordBy', { record }, { record: RECORDER });
    this.recorders.add(record);
    return () => void this.recorders.delete(record);
  }

  /**
   * Erases a subject. It answers when the fence stands; the steps follow. A subject that is erased keeps its erasure.
   *
   * @throws what a recorder throws; then nothing is erased
   * @throws AppendLockTimeoutError when another transaction keeps the log locked
   */
  async request(subject: string, request: ErasureRequest = {}): Promise<Erasure> {
    requireLog(this.options);
    requireArguments('ErasureService.request', { subject, request }, REQUEST);
    const { requestedBy = this.context.running()?.userId ?? null, reason = null } = request;
    return this.begin({ id: randomUUID(), subject, requestedBy, reason });
  }

  /** Requests an erasure again that the ledger has and the database has lost, under its id. */
  async repeat(entry: ErasureToRecord & { requestedAt: string }): Promise<Erasure> {
    return (await selectErasure(this.database.statements, this.options, entry.id)) ?? this.begin(entry);
  }

  /** @throws ErasureNotFoundError */
  async get(id: string): Promise<Erasure> {
    requireArguments('ErasureService.get', { id }, ID);
    const uuid = canonicalUuid(id);
    const erasure = uuid && (await selectErasure(this.database.statements, this.options, uuid));
    if (!erasure) throw new ErasureNotFoundError(id);
    return erasure;
  }

  /** The erasure whose fence stands for a subject; undefined when there is none. */
  async find(subject: string): Promise<Erasure | undefined> {
    requireArguments('ErasureService.find', { subject }, SUBJECT);
    const id = await this.fenceOf(subject);
    return id === undefined ? undefined : this.get(id);
  }

  /** Waits until an erasure is done, at most `withinMs`. @returns whether it is */
  async settled(id: string, withinMs: number): Promise<boolean> {
    requireArguments(
      'ErasureService.settled',
      { id, withinMs },
      { ...ID, withinMs: wholeNumber(0, MAX_INTEGER) },
    );
    const giveUpAt = performance.now() + withinMs;
    for (;;) {
      if ((await this.get(id)).state === 'done') return true;
      if (performance.now() > giveUpAt) return false;
      await sleep(LOOK_MS);
    }
  }

  /** Whether a subject is erased, or about to be. A process whose log is elsewhere does not know it. */
  async isErased(subject: string): Promise<boolean> {
    requireArguments('ErasureService.isErased', { subject }, SUBJECT);
    return (await this.fenceOf(subject)) !== undefined;
  }

  /** The id of its erasure. Where the log is elsewhere, so are the fences. */
  private async fenceOf(subject: string): Promise<string | undefined> {
    if (!this.options.hasLog) return undefined;
    return selectFence(this.database.statements, this.options, subject);
  }

  /**
   * Lowers the fence of a subject whose erasure is done: personal data of it may be stored again. What was erased stays
   * so. @returns whether there was such a fence
   */
  lift(subject: string): Promise<boolean> {
    requireArguments('ErasureService.lift', { subject }, SUBJECT);
    const by = this.context.running()?.userId ?? null;
    return updateToLifted(this.database.statements, this.options, subject, by);
  }

  /** Calls `listener` after each request of this process. @returns the function that ends it */
  onRequest(listener: () => void): () => void {
    this.requests.on('request', listener);
    return () => void this.requests.off('request', listener);
  }

  private async begin(entry: ErasureToRecord & { requestedAt?: string }): Promise<Erasure> {
    const id = await this.database
      .transaction((manager) => this.raiseFence(manager, entry))
      .catch((error: unknown) => {
        if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE) throw error;
        throw new AppendLockTimeoutError(this.options.appendLockTimeoutMs, undefined, { cause: error });
      });
    void notifyOfAct(this.database.statements, this.options.logChannel);
    this.requests.emit('request');
    return this.get(id);
  }

  /** The lock comes first: what is decided from then on sees the fence, and what was decided before has been stored. */
  private async raiseFence(
    manager: EntityManager,
    entry: ErasureToRecord & { requestedAt?: string },
  ): Promise<string> {
    await waitForLocksAtMost(manager, this.options.appendLockTimeoutMs);
    await lockLog(manager, this.options);
    const standing = await selectFence(manager, this.options, entry.subject);
    if (standing !== undefined) return standing;
    const before = await selectHead(manager, this.options.logEnd);
    for (const record of this.recorders) await record(entry, manager);
    await insertErasure(manager, this.options, { ...entry, before });
    return entry.id;
  }
}
