import { ProjectionOperations, type RetryOutcome } from '../../event-sourcing/index.js';
import { performAct } from '../../operations/act.js';
import { RETRY, RETRY_ALL } from '../../operations/parked-key-acts.js';
import { withLog } from '../application.js';
import type { Terminal } from '../terminal/terminal.js';
import { tellOutcome } from './parked-outcome.js';

export async function retryParked(
  terminal: Terminal,
  _options: object,
  projection: string,
  key?: string,
): Promise<void> {
  await withLog(terminal, async (application) => {
    let count = 0;
    for await (const outcome of retry(application.get(ProjectionOperations), projection, key)) {
      await tellOutcome(terminal, outcome);
      count++;
    }
    if (count === 0) terminal.note(`Nothing is parked in ${projection}.`);
  });
}

async function* retry(
  operations: ProjectionOperations,
  projection: string,
  key: string | undefined,
): AsyncGenerator<RetryOutcome> {
  if (key === undefined) yield* performAct(operations, RETRY_ALL, { name: projection });
  else yield await performAct(operations, RETRY, { name: projection, key });
}
