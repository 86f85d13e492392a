import { ProjectionOperations } from '../../event-sourcing/index.js';
import { withLog } from '../application.js';
import type { Terminal } from '../terminal/terminal.js';

export function dropProjection(terminal: Terminal, _options: object, name: string): Promise<void> {
  return withLog(terminal, async (application) => {
    await application.get(ProjectionOperations).drop(name);
    await terminal.line(`${name} is forgotten. Tables of its rows stay: drop them in a migration.`);
  });
}
