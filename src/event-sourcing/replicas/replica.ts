import { EventfoldError } from '../errors.js';
import type { Statements } from '../postgres/database.js';
import type { ReplicaConnection, ReplicaPool } from '../postgres/replica-pools.js';
import { isToBeWaitedFor } from '../postgres/transient-failure.js';
import type { Lag } from './primary-marks.js';

/**
 * `unknown`: not asked yet. `in-use`: queries go there. `behind`: its lag is more than `replicaMaxLagMs`, or not known
 * yet. `ahead`: it has what the primary has not, so it follows another server. `away`: it does not answer.
 */
export const REPLICA_STATES = ['unknown', 'in-use', 'behind', 'ahead', 'away'] as const;
export type ReplicaState = (typeof REPLICA_STATES)[number];

/** A replica, as this process sees it. */
export interface ReplicaStatus {
  /** Host and port. */
  address: string;
  state: ReplicaState;
  /** How long it has lacked something that the primary has, in ms; undefined while that is not known. */
  lagMs: number | undefined;
}

/** What a look at a replica has found. */
export interface Look {
  /** The mark of the replica; undefined when it did not answer. */
  mark: number | undefined;
  /** The mark of the primary a moment later; undefined when it did not answer. */
  primary: number | undefined;
  lag: Lag | undefined;
}

/** A server that gets queries of read models, while it keeps up with the primary. */
export class Replica {
  state: ReplicaState = 'unknown';
  lagMs: number | undefined;

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

  /** Notes what a look has found. */
  judge({ mark, primary, lag }: Look, maxLagMs: number): void {
    if (mark === undefined) this.become('away', undefined);
    else if (primary !== undefined && mark > primary) this.become('ahead', undefined);
    else if (lag === undefined) this.become('unknown', undefined);
    else this.become(lag.isKnown && lag.ms <= maxLagMs ? 'in-use' : 'behind', lag.ms);
  }

  private become(state: ReplicaState, lagMs: number | undefined): void {
    this.state = state;
    this.lagMs = lagMs;
  }
}

/** Whether another server may answer the same query. It may have tables that have not arrived at this one, too. */
export const isOfServer = (error: unknown): boolean =>
  !(error instanceof EventfoldError) && isToBeWaitedFor(error);
