import { EventfoldError } from '../errors.js';
import type { Statements } from '../postgres/database.js';
import type { ReplicaConnection, ReplicaPool } from '../postgres/replica-pools.js';
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

/** Whether another server may answer the same query. It may have tables that have not arrived at this one, too. */
export const isOfServer = (error: unknown): boolean =>
  !(error instanceof EventfoldError) && isToBeWaitedFor(error);
