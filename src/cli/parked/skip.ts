import { ProjectionOperations } from '../../event-sourcing/index.js';
import { withLog } from '../application.js';
import type { Terminal } from '../terminal/terminal.js';
import { type OutcomeOptions, tellOutcome } from './parked-outcome.js';

export function skipParked(
  terminal: Terminal,
  options: OutcomeOptions,
  projection: string,
  key: string,
): Promise<void> {
  return withLog(terminal, async (application) => {
    const outcome = await application.get(ProjectionOperations).skip(projection, key);
    await tellOutcome(terminal, outcome, options);
  });
}
