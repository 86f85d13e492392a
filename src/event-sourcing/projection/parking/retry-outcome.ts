import type { EntityManager } from 'typeorm';
import type { Statements } from '../../postgres/database.js';
import type { Share } from '../declare/share.js';

/** The outcome for a parked key: folded to its end and free again, or parked at an event. */
export interface RetryOutcome {
  key: string;
  /** Events that were folded now. */
  folded: number;
  /** Where and why the key is still parked; undefined when it is free. */
  parked?: { position: number; error: string };
}

/** Runs work in a transaction that has the checkpoint of a parked key locked; undefined when the key is not parked. */
export type UnderLock = <Result>(
  work: (manager: EntityManager, share: Share) => Promise<Result>,
) => Promise<Result | undefined>;

/** Called in each transaction of a retry, with its outcome for the key: so that it is recorded, or not at all. */
export type OnRetry = (manager: Statements, outcome: Pick<RetryOutcome, 'parked'>) => Promise<void>;
