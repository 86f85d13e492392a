/**
 * The transactions around the running function.
 *
 * A transaction that holds the lock of the log and waits for an append outside of it waits for ever. PostgreSQL sees no
 * deadlock, since one of the two waits in this process. So each append knows which transactions are around its call:
 * those whose manager was given to an earlier append of the same async context, and the turn of a projection.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntityManager, QueryRunner } from 'typeorm';
import { InvalidAppendError } from '../../event/event-errors.js';
import { isInTransaction, isTransactionOver, observeEnds } from '../../postgres/transaction-ends.js';

/** A transaction around the running function. */
interface Frame {
  runner: QueryRunner;
  outer: Frame | undefined;
}

const running = new AsyncLocalStorage<Frame | undefined>();
// Before Node.js 24, promises from before the first use of any storage have no context of their own. Without this line,
// the first transaction of a process seemed to be around everything that was under way.
running.enterWith(undefined);

/**
 * Notes that the running function, and all that it calls from now on, is inside the manager's transaction. Must be
 * called before the first `await` of an append. From now on the end of the transaction is noted, so that an append that
 * comes after it is refused.
 */
export function enterTransaction({ queryRunner: runner }: EntityManager): void {
  if (runner === undefined || !isInTransaction(runner)) return;
  observeEnds(runner);
  const outer = openFrame(running.getStore());
  if (outer?.runner !== runner) running.enterWith({ runner, outer });
}

/**
 * Requires the transaction to be still there, right before a statement for it is sent: after its end the statement
 * would be a transaction of its own.
 *
 * @throws InvalidAppendError
 */
export function requireNotOver({ queryRunner: runner }: EntityManager): void {
  if (runner === undefined || !isTransactionOver(runner)) return;
  throw new InvalidAppendError(
    'The transaction of the manager has ended: code that was not awaited in it ran on.',
  );
}

/** Runs work that is certainly inside the manager's transaction. */
export function insideTransaction<Result>(
  { queryRunner: runner }: EntityManager,
  work: () => Result,
): Result {
  return runner === undefined ? work() : running.run({ runner, outer: openFrame(running.getStore()) }, work);
}

/** The transactions that have not ended, from the innermost out. */
export function* transactionsAround(): Generator<QueryRunner> {
  for (let frame = openFrame(running.getStore()); frame !== undefined; frame = openFrame(frame.outer)) {
    yield frame.runner;
  }
}

/** The innermost transaction that has not ended. */
function openFrame(frame: Frame | undefined): Frame | undefined {
  while (frame !== undefined && !isInTransaction(frame.runner)) frame = frame.outer;
  return frame;
}
