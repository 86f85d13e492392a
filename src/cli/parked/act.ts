import { ProjectionOperations } from '../../event-sourcing/index.js';
import { performAct } from '../../operations/act.js';
import type { ParkedKeyAct } from '../../operations/parked-key-acts.js';
import { withLog } from '../application.js';
import type { Run } from '../command.js';
import { tellOutcome } from './parked-outcome.js';

export function performing(act: ParkedKeyAct): Run<object> {
  return (terminal, _options, name, key) =>
    withLog(terminal, async (application) => {
      const outcome = await performAct(application.get(ProjectionOperations), act, { name, key });
      await tellOutcome(terminal, outcome);
    });
}
