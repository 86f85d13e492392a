/**
 * How a transaction of TypeORM ends. `dataSource.transaction`, a query runner, or a library with an async context
 * begins it, and each ends it by the same methods of the query runner. These methods are wrapped, only on a query
 * runner that a call of the event store was given. A subscriber of the data source would be called for each entity that
 * the application loads.
 *
 * The COMMIT itself is caught, not the call that leads to it: a subscriber may append, for the first time in its
 * transaction, when that call is under way.
 */
import type { Client } from 'pg';
import type { QueryRunner } from 'typeorm';
import { sqlStateOf } from './sql-state.js';
import { TransactionAbortedError } from './transaction-aborted.error.js';

/** `in_failed_sql_transaction`. */
const TRANSACTION_IS_ABORTED = '25P02';

export interface TransactionEnds {
  /**
   * Begins the next piece of work that must be done before the COMMIT of the whole transaction; undefined when none is
   * left. An error prevents the COMMIT.
   */
  beforeCommit(): Promise<void> | undefined;
  /** @param depth the depth of the ended part: 1 is the transaction, and each savepoint in it is one deeper */
  ended(end: 'commit' | 'rollback', depth: number): void;
}

interface Observed {
  ends: TransactionEnds | undefined;
  /** COMMIT or ROLLBACK was sent. From then on to the next transaction, a statement would run outside of any. */
  isEndSent: boolean;
}

const observed = new WeakMap<QueryRunner, Observed>();

/** Notes from now on how the transactions of the query runner end. */
export function observeEnds(runner: QueryRunner): Observed {
  const known = observed.get(runner);
  if (known !== undefined) return known;
  const state: Observed = { ends: undefined, isEndSent: false };
  observed.set(runner, state);
  wrap(runner, state);
  return state;
}

/** Reports the ends of the query runner's transaction and savepoints, only to the `ends` of the last call. */
export function reportEnds(runner: QueryRunner, ends: TransactionEnds): void {
  observeEnds(runner).ends = ends;
}

/** Whether a transaction of TypeORM is open on the query runner, so that a statement belongs to it. */
export const isInTransaction = (runner: QueryRunner): boolean => isOpen(runner) && !isEndSent(runner);

/**
 * Whether the query runner was in a transaction that has ended, or whose end is under way. After a lost connection
 * TypeORM has not ended it yet: then its next statement tells about the connection.
 */
export const isTransactionOver = (runner: QueryRunner): boolean =>
  runner.isTransactionActive ? isEndSent(runner) : runner.isReleased;

/** The number of open transactions and savepoints on the query runner. Its types hide this field. */
export const depthOf = (runner: QueryRunner): number =>
  (runner as unknown as { transactionDepth?: number }).transactionDepth ?? 1;

const isOpen = (runner: QueryRunner): boolean => runner.isTransactionActive && !runner.isReleased;
const isEndSent = (runner: QueryRunner): boolean => observed.get(runner)?.isEndSent === true;

function wrap(runner: QueryRunner, state: Observed): void {
  const query = runner.query.bind(runner);
  const commit = runner.commitTransaction.bind(runner);
  const rollback = runner.rollbackTransaction.bind(runner);
  const release = runner.release.bind(runner);

  runner.query = (...call: Parameters<typeof query>): Promise<any> => {
    const [text] = call;
    if (text === 'START TRANSACTION') state.isEndSent = false;
    if (text === 'ROLLBACK') state.isEndSent = true;
    return text === 'COMMIT' && isOpen(runner)
      ? committing(runner, state, () => query(...call))
      : query(...call);
  };
  runner.commitTransaction = async () => {
    const depth = isOpen(runner) ? depthOf(runner) : 1;
    await commit();
    if (depth > 1) state.ends?.ended('commit', depth);
  };
  runner.rollbackTransaction = async () => {
    // A transaction that is not open has lost its connection. Then all of it has ended.
    const depth = isOpen(runner) ? depthOf(runner) : 1;
    try {
      await rollback();
    } finally {
      state.ends?.ended('rollback', depth);
    }
  };
  // A connection that is released within a transaction would leave the log locked.
  runner.release = async () => {
    while (isOpen(runner)) {
      const depth = depthOf(runner);
      await runner.rollbackTransaction().catch(() => undefined);
      if (depthOf(runner) >= depth) break;
    }
    await release();
  };
}

/**
 * Commits, and checks the answer. When a statement of the transaction has failed, PostgreSQL answers the COMMIT with
 * ROLLBACK and no error, and TypeORM takes that for a commit. A subscriber may have run that statement last, so only
 * the answer tells.
 *
 * @throws TransactionAbortedError
 */
async function committing<Result>(
  runner: QueryRunner,
  state: Observed,
  commit: () => Promise<Result>,
): Promise<Result> {
  const { connection }: Client = await runner.connect();
  for (let work = state.ends?.beforeCommit(); work !== undefined; work = state.ends?.beforeCommit())
    await work.catch(rethrowAborted);
  state.isEndSent = true; // in the same moment, so that no append comes in between
  let answer: string | undefined;
  // Subscribers may run statements on this connection before and after it.
  const note = ({ text }: { text: string }) => {
    if (text === 'COMMIT' || text === 'ROLLBACK') answer ??= text;
  };
  connection.on('commandComplete', note);
  const [end] = await Promise.allSettled([commit()]);
  connection.off('commandComplete', note);
  // A commit is one, too, when a subscriber throws after it, or the connection is lost right then.
  if (answer === 'COMMIT') state.ends?.ended('commit', 1);
  if (answer === 'ROLLBACK') throw new TransactionAbortedError();
  if (end.status === 'rejected') throw end.reason;
  return end.value;
}

/** An error that was swallowed before has aborted the transaction: its work before the COMMIT meets only that. */
function rethrowAborted(error: unknown): never {
  throw sqlStateOf(error) === TRANSACTION_IS_ABORTED ? new TransactionAbortedError() : error;
}
