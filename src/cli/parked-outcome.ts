import type { RetryOutcome } from '../event-sourcing/index.js';
import { printable } from './printable.js';

/** What became of a parked key, for people. */
export function parkedOutcome({ key, folded, parked }: RetryOutcome): string {
  const events = `${folded.toLocaleString('en')} ${folded === 1 ? 'event' : 'events'} folded`;
  return printable(
    parked === undefined
      ? `${key}: free, ${events}`
      : `${key}: STILL PARKED at position ${parked.position.toLocaleString('en')}, ${events}: ${parked.error}`,
  );
}

export const outcomeJson = (outcome: RetryOutcome) => printable(JSON.stringify(outcome));
