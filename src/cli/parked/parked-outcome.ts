import type { RetryOutcome } from '../../event-sourcing/index.js';
import { colour } from '../terminal/colour.js';
import { printable } from '../terminal/printable.js';

/** What became of a parked key, for people. */
export function parkedOutcome({ key, folded, parked }: RetryOutcome): string {
  const events = `${folded.toLocaleString('en')} ${folded === 1 ? 'event' : 'events'} folded`;
  if (parked === undefined) return colour('green', printable(`${key}: free, ${events}`));
  const position = parked.position.toLocaleString('en');
  return colour('red', printable(`${key}: STILL PARKED at position ${position}, ${events}: ${parked.error}`));
}

export const outcomeJson = (outcome: RetryOutcome) => printable(JSON.stringify(outcome));
