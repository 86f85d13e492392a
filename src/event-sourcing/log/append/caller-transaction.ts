/**
 * Transactions of callers that append. The log is locked from an append to the end of its transaction, so a transaction
 * that appends early and then takes its time makes all others wait. Events for the commit are kept here until then.
 */
import type { EntityManager, QueryRunner } from 'typeorm';
import { depthOf, reportEnds, type TransactionEnds } from '../../postgres/transaction-ends.js';
import { AppendBatch } from './append-batch.js';
import type { QueuedAppend } from './queued-append.js';
import type { AppendStatements } from './append-statements.js';
import type { AppendRow, AppendVerdict } from './append-row.js';
import { transactionsAround } from './surrounding-transactions.js';

/** An append that was handed in, and waits for the commit. */
export interface HandedIn extends Omit<QueuedAppend, 'resolve' | 'reject'> {
  /** The statements of the event store that it goes to. */
  log: AppendStatements;
  /** Takes the verdicts before the commit. An error that it throws prevents the commit. */
  answered: (verdicts: AppendVerdict[]) => void;
  committed: () => void;
}

interface Entry extends HandedIn {
  verdicts: readonly AppendVerdict[];
  isCommitted: boolean;
  /** Depth of the savepoint in which it was handed in; 1 is the transaction itself. */
  depth: number;
  /** Depth of the savepoint in which it was appended. */
  appendedAt: number | undefined;
}

/** A row that was handed in. */
export class WaitingRow {
  constructor(
    readonly row: AppendRow,
    private readonly entry: Entry,
  ) {}

  /** The position; undefined until the transaction is committed. */
  get position(): number | undefined {
    const { isCommitted, verdicts } = this.entry;
    if (!isCommitted) return undefined;
    return verdicts.find((verdict) => verdict.event_id === this.row.event_id)?.position ?? undefined;
  }
}

const transactions = new WeakMap<QueryRunner, CallerTransaction>();

export class CallerTransaction implements TransactionEnds {
  private entries: Entry[] = [];
  /** What to undo when a savepoint, or the transaction, is rolled back. */
  private undos: { depth: number; undo: () => void }[] = [];
  /** What to do after the commit, unless the savepoint in which it was asked for is rolled back. */
  private afterwards: { depth: number; work: () => void }[] = [];
  /** For each locked log, the depth of the savepoint whose rollback unlocks it. */
  private readonly locked = new Map<AppendStatements, number>();
  private state: 'open' | 'ended' = 'open';

  private constructor(private readonly runner: QueryRunner) {}

  /** The transaction that TypeORM has begun for the manager; undefined when there is none. */
  static of(manager: EntityManager): CallerTransaction | undefined {
    const { queryRunner: runner } = manager;
    if (runner?.isTransactionActive !== true) return undefined;
    const known = CallerTransaction.known(manager);
    if (known !== undefined) return known;
    const transaction = new CallerTransaction(runner);
    transactions.set(runner, transaction);
    reportEnds(runner, transaction);
    return transaction;
  }

  /** The manager's transaction when an append has used it before; undefined otherwise. */
  static known({ queryRunner: runner }: EntityManager): CallerTransaction | undefined {
    const known = runner && transactions.get(runner);
    return known?.state === 'ended' ? undefined : known;
  }

  /**
   * Returns a transaction around the running function that has locked the log, if there is one.
   *
   * @param bound the manager that a library has bound to the async context, if any
   * @param own the transaction that the append is for
   */
  static around(
    log: AppendStatements,
    bound: EntityManager,
    own?: CallerTransaction,
  ): CallerTransaction | undefined {
    const holds = (runner: QueryRunner | undefined) => {
      const transaction = runner && transactions.get(runner);
      return transaction !== own && transaction?.locked.has(log) ? transaction : undefined;
    };
    for (const runner of transactionsAround()) {
      const found = holds(runner);
      if (found !== undefined) return found;
    }
    return holds(bound.queryRunner);
  }

  /** Keeps the append until the commit. */
  handIn(append: HandedIn): void {
    this.entries.push({
      ...append,
      verdicts: [],
      isCommitted: false,
      depth: depthOf(this.runner),
      appendedAt: undefined,
    });
  }

  /** The rows of a stream that were handed in and not yet appended, in order. */
  rowsWaiting(log: AppendStatements, streamId: string): WaitingRow[] {
    return this.waiting(log).flatMap((entry) =>
      entry.rows.filter((row) => row.stream_id === streamId).map((row) => new WaitingRow(row, entry)),
    );
  }

  /** Notes that the log is locked from now to the end of the transaction or of the running savepoint. */
  lock(log: AppendStatements): void {
    if (!this.locked.has(log)) this.locked.set(log, depthOf(this.runner));
  }

  /** Whether the transaction keeps the log locked. */
  locks(log: AppendStatements): boolean {
    return this.locked.has(log);
  }

  /** Calls `undo` when the running savepoint, or the whole transaction, is rolled back. */
  onRollback(undo: () => void): void {
    this.undos.push({ depth: depthOf(this.runner), undo });
  }

  /** Calls `work` after the commit of the whole transaction, unless the running savepoint is rolled back. */
  onCommit(work: () => void): void {
    this.afterwards.push({ depth: depthOf(this.runner), work });
  }

  /** Appends what was handed in. Rejects with the error that prevents the commit, also when called again. */
  beforeCommit(): Promise<void> | undefined {
    return this.logsWaiting().length === 0 ? undefined : this.appendAllWaiting();
  }

  /** Appends all events that were handed in, for every log, and those that are handed in meanwhile. */
  async appendAllWaiting(): Promise<void> {
    for (let logs = this.logsWaiting(); logs.length > 0; logs = this.logsWaiting()) {
      for (const log of logs) await this.appendWaiting(log);
    }
  }

  /**
   * Appends the events handed in for one log, in as few calls as possible. Appends of one call do not see each other,
   * so appends to one stream need a call each. An append that does not wait for the commit comes after them too.
   */
  async appendWaiting(log: AppendStatements): Promise<void> {
    for (let left = this.waiting(log); left.length > 0; left = this.waiting(log)) {
      this.lock(log);
      const batch = new AppendBatch({ maxBatch: Infinity, maxBatchBytes: Infinity });
      const taken = leading(left, (each) =>
        batch.take({ ...each, resolve: (verdicts) => answer(each, verdicts), reject: () => undefined }),
      );
      batch.resolve(await log.appendAtCommit(batch, this.runner.manager));
      for (const each of taken) each.appendedAt = depthOf(this.runner);
    }
  }

  ended(end: 'commit' | 'rollback', depth: number): void {
    if (depth === 1) this.over(end);
    else if (end === 'commit') this.keep(depth - 1);
    else this.undo(depth);
  }

  private over(end: 'commit' | 'rollback'): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.locked.clear();
    const { entries, afterwards } = this;
    this.entries = [];
    this.afterwards = [];
    if (end === 'rollback') this.takeBack(1);
    this.undos = [];
    if (end === 'rollback') return;
    for (const each of entries) {
      each.isCommitted = true;
      each.committed();
    }
    for (const { work } of afterwards) work();
  }

  /** After a released savepoint its work belongs to the level around it. */
  private keep(depth: number): void {
    for (const each of this.entries) {
      each.depth = Math.min(each.depth, depth);
      if (each.appendedAt !== undefined) each.appendedAt = Math.min(each.appendedAt, depth);
    }
    for (const each of [...this.undos, ...this.afterwards]) each.depth = Math.min(each.depth, depth);
    for (const [log, at] of this.locked) this.locked.set(log, Math.min(at, depth));
  }

  /** After a rollback, an append that was handed in before the savepoint and sent in it waits again. */
  private undo(depth: number): void {
    this.entries = this.entries.filter((each) => each.depth < depth);
    for (const each of this.entries) if (each.appendedAt! >= depth) each.appendedAt = undefined;
    for (const [log, at] of this.locked) if (at >= depth) this.locked.delete(log);
    this.takeBack(depth);
  }

  private takeBack(depth: number): void {
    const undone = this.undos.filter((each) => each.depth >= depth);
    this.undos = this.undos.filter((each) => each.depth < depth);
    this.afterwards = this.afterwards.filter((each) => each.depth < depth);
    for (const { undo } of undone.toReversed()) undo();
  }

  private waiting(log: AppendStatements): Entry[] {
    return this.entries.filter((each) => each.log === log && each.appendedAt === undefined);
  }

  private logsWaiting(): AppendStatements[] {
    const waiting = this.entries.filter(({ appendedAt }) => appendedAt === undefined);
    return [...new Set(waiting.map(({ log }) => log))].toSorted(bySchema);
  }
}

function answer(entry: Entry, verdicts: AppendVerdict[]): void {
  entry.verdicts = verdicts;
  entry.answered(verdicts);
}

/** The same order in every transaction. */
const bySchema = (one: AppendStatements, other: AppendStatements) => (one.schema < other.schema ? -1 : 1);

function leading<Each>(list: readonly Each[], belongs: (each: Each) => boolean): Each[] {
  const end = list.findIndex((each) => !belongs(each));
  return list.slice(0, end === -1 ? list.length : end);
}
