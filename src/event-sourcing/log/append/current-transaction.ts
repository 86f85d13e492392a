/**
 * The application's running transaction, as its option `currentTransaction` tells. Calls without a `manager` join it.
 * Handlers of projections and reactions run in turns of their own: they do not join a transaction that was open around
 * the turn, such as that of a retry request.
 */
import { Injectable } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';
import type { EntityManager, QueryRunner } from 'typeorm';
import { ResolvedOptions } from '../../options.js';
import { isEntityManager } from '../../postgres/data-source-of.js';
import { Database } from '../../postgres/database.js';
import { isInTransaction } from '../../postgres/transaction-ends.js';
import { CurrentTransactionError } from './transaction-errors.js';

/**
 * The transaction that the running work has left. One storage for the process, as each promise carries every storage.
 */
const left = new AsyncLocalStorage<QueryRunner>();

@Injectable()
export class CurrentTransaction {
  constructor(
    private readonly options: ResolvedOptions,
    private readonly database: Database,
  ) {}

  /**
   * The manager of the running transaction; undefined when there is none, and always without the option.
   *
   * @throws CurrentTransactionError when the transaction cannot be joined
   */
  get manager(): EntityManager | undefined {
    const manager = this.given();
    const runner = manager?.queryRunner;
    if (manager === undefined || runner === undefined || runner === left.getStore()) return undefined;
    if (!isInTransaction(runner))
      throw new CurrentTransactionError(
        'a manager whose transaction has ended: code that was not awaited in it ran on',
      );
    if (!this.database.isSame(manager.connection))
      throw new CurrentTransactionError(
        'a transaction of a data source of another database than the log, which an append cannot be a part of',
      );
    return manager;
  }

  /** @throws CurrentTransactionError when the manager is that of the running transaction, which has ended */
  requireOpen(manager: EntityManager): void {
    if (manager === this.given()) void this.manager;
  }

  /** Runs work outside of the running transaction. */
  outside<Result>(work: () => Result): Result {
    const runner = this.given()?.queryRunner;
    return runner === undefined ? work() : left.run(runner, work);
  }

  private given(): EntityManager | undefined {
    const given: unknown = this.options.currentTransaction?.() ?? undefined;
    if (given === undefined || isEntityManager(given)) return given;
    const shown = inspect(given, { depth: 0, breakLength: Infinity });
    throw new CurrentTransactionError(
      `${shown}: it must give a TypeORM EntityManager or undefined, and no promise`,
    );
  }
}
