import { Help, SubCommand } from 'nest-commander';
import type { ProjectionOperations, ProjectionStatus } from '../../event-sourcing/index.js';
import { ProjectionActCommand } from './projection-act.js';

@SubCommand({
  name: 'pause',
  arguments: '<name>',
  argsDescription: { name: 'of the projection' },
  description: 'Stop folding, on every instance, after the turns under way',
})
export class ProjectionsPauseCommand extends ProjectionActCommand {
  protected act(operations: ProjectionOperations, name: string): Promise<unknown> {
    return operations.pause(name);
  }

  protected done({ name, position }: ProjectionStatus): string {
    return `${name} is paused at position ${position.toLocaleString('en')}. To go on: eventfold projections resume ${name}`;
  }

  @Help('after')
  help(): string {
    return `
Queries go on to answer, with rows that get old, and ready checks stay green. The log goes on as well.

Examples:
  eventfold projections pause user-profile`;
  }
}
