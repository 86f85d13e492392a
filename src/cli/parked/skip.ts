import { ProjectionOperations } from '../../event-sourcing/index.js';
import { performAct } from '../../operations/act.js';
import { SKIP } from '../../operations/parked-key-acts.js';
import { withLog } from '../application.js';
import type { Terminal } from '../terminal/terminal.js';
import { tellOutcome } from './parked-outcome.js';

export function skipParked(
  terminal: Terminal,
  { reason }: { reason?: string },
  name: string,
  key: string,
): Promise<void> {
  return withLog(terminal, async (application) => {
    const operations = application.get(ProjectionOperations);
    await tellOutcome(terminal, await performAct(operations, SKIP, { name, key, reason }));
  });
}
