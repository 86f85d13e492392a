import { ProjectionOperations, type ProjectionStatus } from '../../event-sourcing/index.js';
import { performAct } from '../../operations/act.js';
import type { ProjectionAct } from '../../operations/projection-acts.js';
import { withLog } from '../application.js';
import type { Run } from '../command.js';

/** @param done the result in one line, for people */
export function performing(act: ProjectionAct, done: (status: ProjectionStatus) => string): Run<object> {
  return (terminal, _options, name) =>
    withLog(terminal, async (application) => {
      const status = await performAct(application.get(ProjectionOperations), act, { name });
      await terminal.result(status, done);
    });
}
