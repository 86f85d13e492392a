import { EventfoldError } from '../errors.js';
import type { Statements } from '../postgres/database.js';
import type { ReplicaConnection, ReplicaPool } from '../postgres/replica-pools.js';
import { sqlStateOf } from '../postgres/sql-state.js';
import { isToBeWaitedFor } from '../postgres/transient-failure.js';
import type { Lag } from './primary-marks.js';
import { type ReplicaState, stateFound } from './replica-state.js';

/** A replica, as this process sees it. */
export interface ReplicaStatus {
  /** Host and port. */
  address: string;
  state: ReplicaState;
  /** How long it has lacked something that the primary has, in ms; undefined while that is not known. */
  lagMs: number | undefined;
}

/** A server that gets queries of read models, while it keeps up with the primary. */
export class Replica {
  state: ReplicaState = 'unknown';
  lagMs: number | undefined;
  /** By the last comparison. While the primary is away, that one stands. */
  private isPartOfPrimary: boolean | undefined;

  constructor(private readonly pool: ReplicaPool) {}

  get status(): ReplicaStatus {
    return { address: this.pool.address, state: this.state, lagMs: this.lagMs };
  }

  /** Runs a statement for the look at the replica, not for a query. */
  ask<Result>(work: (statements: Statements) => Promise<Result>): Promise<Result> {
    return this.pool.lend(({ statements }) => work(statements));
  }

  /**
   * Runs a query on a connection to the replica. After a failure that another server need not have, the replica gets no
   * queries until it is found in order again.
   */
  async use<Result>(query: (connection: ReplicaConnection) => Promise<Result>): Promise<Result> {
    let isConnected = false;
    const failing = async (connection: ReplicaConnection) => {
      isConnected = true;
      return query(connection);
    };
    try {
      return await this.pool.lend(failing);
    } catch (error) {
      if (!isConnected || isOfServer(error)) this.become('away', undefined);
      throw error;
    }
  }

  /**
   * Notes what a look has found.
   *
   * @param isPart whether the primary has all that the replica has; undefined when one of them did not answer
   */
  noted(answers: boolean, isPart: boolean | undefined, lag: Lag | undefined, maxLagMs: number): void {
    this.isPartOfPrimary = isPart ?? this.isPartOfPrimary;
    const state = stateFound({ answers, isPartOfPrimary: this.isPartOfPrimary, lag }, maxLagMs);
    this.become(state, state === 'in-use' || state === 'behind' ? lag?.ms : undefined);
  }

  private become(state: ReplicaState, lagMs: number | undefined): void {
    this.state = state;
    this.lagMs = lagMs;
  }
}

/**
 * A statement took too long (57014), a transaction did (25P04), or a query needed too much room (53400). That is the
 * fault of the query: another server would take as long. A cancel for the sake of the replay is none of these. By
 * PostgreSQL's `ProcessInterrupts` it is 40001, or 40P01 when both waited for each other, and 57P04 for a dropped
 * database.
 */
const OF_QUERY = /^(57014|25P04|53400)$/;

/** Whether another server may answer the same query. It may have tables that have not arrived at this one, too. */
export const isOfServer = (error: unknown): boolean =>
  !(error instanceof EventfoldError) && !OF_QUERY.test(sqlStateOf(error) ?? '') && isToBeWaitedFor(error);
