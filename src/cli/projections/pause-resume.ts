import { ProjectionOperations, type ProjectionStatus } from '../../event-sourcing/index.js';
import { withLog } from '../application.js';
import type { Run } from '../command.js';
import type { Terminal } from '../terminal/terminal.js';

interface Act {
  perform: (operations: ProjectionOperations, name: string) => Promise<unknown>;
  /** How the projection stands then, for people. */
  done: (status: ProjectionStatus) => string;
}

interface ActOptions {
  json?: boolean;
}

export const pauseProjection = running({
  perform: (operations, name) => operations.pause(name),
  done: ({ name, position }) =>
    `${name} is paused at position ${position.toLocaleString('en')}. To go on: eventfold projections resume ${name}`,
});

export const resumeProjection = running({
  perform: (operations, name) => operations.resume(name),
  done: ({ name, position }) => `${name} goes on at position ${position.toLocaleString('en')}.`,
});

function running({ perform, done }: Act): Run<ActOptions> {
  return (terminal: Terminal, { json }: ActOptions, name: string) =>
    withLog(terminal, async (application) => {
      const operations = application.get(ProjectionOperations);
      await perform(operations, name);
      const status = await operations.get(name);
      await (json ? terminal.json(status) : terminal.line(done(status)));
    });
}
