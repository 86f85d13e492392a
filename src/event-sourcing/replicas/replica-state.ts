import type { Lag } from './primary-marks.js';
import type { Mark } from './replica-mark.sql.js';

/**
 * `unknown`: not compared with the primary yet. `in-use`: queries go there. `behind`: its lag is more than
 * `replicaMaxLagMs`, or not known yet. `ahead`: it has what the primary has not, so it follows another server, or has
 * followed one that is lost. `away`: it does not answer.
 */
export const REPLICA_STATES = ['unknown', 'in-use', 'behind', 'ahead', 'away'] as const;
export type ReplicaState = (typeof REPLICA_STATES)[number];

/** What a look at a replica has found. */
export interface Look {
  /** Whether the replica answered. */
  answers: boolean;
  /** Whether the primary has all that the replica has, by the last comparison; undefined before the first one. */
  isPartOfPrimary: boolean | undefined;
  lag: Lag | undefined;
}

/** The state in which a look has found a replica: only one that is `in-use` gets queries. */
export function stateFound({ answers, isPartOfPrimary, lag }: Look, maxLagMs: number): ReplicaState {
  if (!answers) return 'away';
  if (isPartOfPrimary === false) return 'ahead';
  if (isPartOfPrimary === undefined || lag === undefined) return 'unknown';
  return lag.isKnown && lag.ms <= maxLagMs ? 'in-use' : 'behind';
}

/**
 * Whether the primary has all that a replica has: the replica's last event, at the same position, and no smaller size.
 * The size alone proves nothing: after a failover that has lost events, the new log grows beyond a replica of the old
 * one. Each event is appended behind the one before, so when the last events are the same, all earlier ones are.
 *
 * The last event is enough for the rows, too. A turn commits after its events, and its rows are a fold of the events up
 * to its checkpoint. So rows of turns that the primary has lost are those that it folds again. Until then the replica's
 * size may be greater.
 *
 * @param event the primary's event at the position of the replica's last one
 */
export const isPartOf = (primary: Mark, replica: Mark, event: string | null): boolean =>
  replica.event === event && replica.size <= primary.size;
