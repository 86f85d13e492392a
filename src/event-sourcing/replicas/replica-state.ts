import type { Lag } from './primary-marks.js';

/**
 * `unknown`: not asked yet. `in-use`: queries go there. `behind`: its lag is more than `replicaMaxLagMs`, or not known
 * yet. `ahead`: it has what the primary has not, so it follows another server. `away`: it does not answer.
 */
export const REPLICA_STATES = ['unknown', 'in-use', 'behind', 'ahead', 'away'] as const;
export type ReplicaState = (typeof REPLICA_STATES)[number];

/** What a look at a replica has found. */
export interface Look {
  /** The mark of the replica; undefined when it did not answer. */
  mark: number | undefined;
  /** The mark of the primary a moment later; undefined when it did not answer. */
  primary: number | undefined;
  lag: Lag | undefined;
}

/** The state in which a look has found a replica: only one that is `in-use` gets queries. */
export function stateFound({ mark, primary, lag }: Look, maxLagMs: number): ReplicaState {
  if (mark === undefined) return 'away';
  if (primary !== undefined && mark > primary) return 'ahead';
  if (lag === undefined) return 'unknown';
  return lag.isKnown && lag.ms <= maxLagMs ? 'in-use' : 'behind';
}
