/**
 * How a transaction of TypeORM ends. `dataSource.transaction`, a query runner, or a library with an async context
 * begins it, and each ends it by the same methods of the query runner. These methods are wrapped, only on the query
 * runner that an append was given. A subscriber of the data source would be called for each entity that the application
 * loads.
 */
import type { Client } from 'pg';
import type { QueryRunner } from 'typeorm';
import { TransactionAbortedError } from './transaction-aborted.error.js';

export interface TransactionEnds {
  /** Runs before the COMMIT of the whole transaction. An error prevents the COMMIT. */
  beforeCommit(): Promise<void>;
  /** @param depth the depth of the ended part: 1 is the transaction, and each savepoint in it is one deeper */
  ended(end: 'commit' | 'rollback', depth: number): void;
}

const wrapped = new WeakMap<QueryRunner, { ends: TransactionEnds }>();

/** Reports the ends of the query runner's transaction and savepoints, only to the `ends` of the last call. */
export function reportEnds(runner: QueryRunner, ends: TransactionEnds): void {
  const slot = wrapped.get(runner);
  if (slot !== undefined) slot.ends = ends;
  else wrapped.set(runner, wrap(runner, { ends }));
}

/** Whether a transaction of TypeORM is open on the query runner. */
export const isInTransaction = (runner: QueryRunner): boolean =>
  runner.isTransactionActive && !runner.isReleased;

/** The number of open transactions and savepoints on the query runner. Its types hide this field. */
export const depthOf = (runner: QueryRunner): number =>
  (runner as unknown as { transactionDepth?: number }).transactionDepth ?? 1;

/**
 * Commits, and checks the answer. When a statement of the transaction has failed, PostgreSQL answers the COMMIT with
 * ROLLBACK and no error, and TypeORM takes that for a commit. A subscriber may have run that statement last, so only
 * the answer tells. A subscriber that throws after the commit takes nothing back.
 *
 * @throws TransactionAbortedError
 */
async function committing(
  runner: QueryRunner,
  commit: () => Promise<void>,
  committed: () => void,
): Promise<void> {
  const { connection }: Client = await runner.connect();
  let answer: string | undefined;
  // Statements that subscribers run after the commit do not count.
  const note = ({ text }: { text: string }) => void (answer = runner.isTransactionActive ? text : answer);
  connection.on('commandComplete', note);
  try {
    await commit();
  } finally {
    connection.off('commandComplete', note);
    if (answer === 'COMMIT') committed();
  }
  if (answer === 'ROLLBACK') throw new TransactionAbortedError();
}

function wrap(runner: QueryRunner, slot: { ends: TransactionEnds }): { ends: TransactionEnds } {
  const commit = runner.commitTransaction.bind(runner);
  const rollback = runner.rollbackTransaction.bind(runner);
  const release = runner.release.bind(runner);
  const isOpen = () => isInTransaction(runner);

  runner.commitTransaction = async () => {
    if (!isOpen()) return commit();
    const depth = depthOf(runner);
    const committed = () => slot.ends.ended('commit', depth);
    if (depth > 1) return commit().then(committed);
    await slot.ends.beforeCommit();
    await committing(runner, commit, committed);
  };
  runner.rollbackTransaction = async () => {
    // A transaction that is not open has lost its connection, or got ROLLBACK for its COMMIT: then all of it has ended.
    const depth = isOpen() ? depthOf(runner) : 1;
    try {
      await rollback();
    } finally {
      slot.ends.ended('rollback', depth);
    }
  };
  // A connection that is released within a transaction would leave the log locked.
  runner.release = async () => {
    while (isOpen()) {
      const depth = depthOf(runner);
      await runner.rollbackTransaction().catch(() => undefined);
      if (depthOf(runner) >= depth) break;
    }
    await release();
  };
  return slot;
}
