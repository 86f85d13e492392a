import type { RetryOutcome } from '../../event-sourcing/index.js';
import { printable } from '../terminal/printable.js';
import type { Terminal } from '../terminal/terminal.js';

/** Prints the outcome for a parked key. A key that stays parked makes the exit code 1. */
export async function tellOutcome(terminal: Terminal, outcome: RetryOutcome): Promise<void> {
  await terminal.result(outcome, () => inWords(terminal, outcome));
  if (outcome.parked !== undefined) terminal.exitCode = 1;
}

function inWords(terminal: Terminal, { key, folded, parked }: RetryOutcome): string {
  const events = `${folded.toLocaleString('en')} ${folded === 1 ? 'event' : 'events'} folded`;
  if (parked === undefined) return terminal.colour('green', printable(`${key}: free, ${events}`));
  const position = parked.position.toLocaleString('en');
  const still = `${key}: STILL PARKED at position ${position}, ${events}: ${parked.error}`;
  return terminal.colour('red', printable(still));
}
