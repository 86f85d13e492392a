/**
 * How a transaction of TypeORM ends. Whatever begins one, `dataSource.transaction`, a query runner, or a library that
 * keeps it in the async context, ends it by these methods of its query runner. They are wrapped on the one query runner
 * that an append was given: a subscriber of the data source would be asked at each entity that the application loads.
 */
import type { Client } from 'pg';
import type { QueryRunner } from 'typeorm';
import { TransactionAbortedError } from './transaction-aborted.error.js';

export interface TransactionEnds {
  /** Before the COMMIT of the whole transaction, which does not come when this fails. */
  beforeCommit(): Promise<void>;
  /** @param depth of what has ended: 1 is the transaction, each savepoint in it one more */
  ended(end: 'commit' | 'rollback', depth: number): void;
}

const watched = new WeakMap<QueryRunner, { ends: TransactionEnds }>();

/** Tells of the ends of the query runner's transaction and of its savepoints; the one that is told last alone. */
export function watchEnds(runner: QueryRunner, ends: TransactionEnds): void {
  const slot = watched.get(runner);
  if (slot !== undefined) slot.ends = ends;
  else watched.set(runner, wrap(runner, { ends }));
}

/** Whether what TypeORM has begun on the query runner is not over. */
export const isInTransaction = (runner: QueryRunner): boolean =>
  runner.isTransactionActive && !runner.isReleased;

/** How many transactions and savepoints of TypeORM the query runner is in. It keeps the figure to itself. */
export const depthOf = (runner: QueryRunner): number =>
  (runner as unknown as { transactionDepth?: number }).transactionDepth ?? 1;

/**
 * PostgreSQL answers the COMMIT of a transaction in which a statement has failed with ROLLBACK, and no error; TypeORM
 * takes it for a commit. A subscriber may have run that statement after everything else, so that only the answer tells.
 * One that throws after the commit takes back nothing.
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
  // What subscribers run after the commit is not its answer.
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
    // Not open: its connection is lost, or its COMMIT was answered with ROLLBACK. That ends all of it.
    const depth = isOpen() ? depthOf(runner) : 1;
    try {
      await rollback();
    } finally {
      slot.ends.ended('rollback', depth);
    }
  };
  // Who gives a connection back in the middle of a transaction would leave the log locked.
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
