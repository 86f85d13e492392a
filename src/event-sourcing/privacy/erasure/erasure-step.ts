/** One step of an erasure. It may run again: what it did before, it does not find any more. */
import type { EntityManager } from 'typeorm';
import { WITHOUT_TIME_LIMITS, waitForLocksAtMost } from '../../postgres/time-limits.js';
import type { ErasureStep, RunningErasure } from './erasure.js';

/** What a step must know of its erasure. */
export type ErasedSubject = Pick<RunningErasure, 'id' | 'subject' | 'position' | 'requestedAt' | 'streams'>;

/** Why a step cannot be done yet, in words. */
export interface Waiting {
  waitsFor: string;
}

export type StepOutcome = Omit<ErasureStep, 'at' | 'place'> | Waiting;

export interface Step<About = RunningErasure> {
  place: string;
  run(manager: EntityManager, erasure: About): Promise<StepOutcome>;
}

export const step = <About>(place: string, run: Step<About>['run']): Step<About> => ({ place, run });

export const outcome = (found: number, what: string, done: string) => ({
  found,
  done: found === 0 ? 'nothing there' : `${found} ${what} ${done}`,
});

/** How long a step waits for a lock, in ms: it comes back later. */
const LOCK_WAIT_MS = 2_000;

/** Prepares a transaction for steps. */
export async function takeTime(manager: EntityManager): Promise<void> {
  await manager.query(`select ${WITHOUT_TIME_LIMITS}`);
  await waitForLocksAtMost(manager, LOCK_WAIT_MS);
}
