import { Help, SubCommand } from 'nest-commander';
import type { ProjectionOperations, ProjectionStatus } from '../../event-sourcing/index.js';
import { ProjectionActCommand } from './projection-act.js';

@SubCommand({
  name: 'resume',
  arguments: '<name>',
  argsDescription: { name: 'of the projection' },
  description: 'Go on after a pause',
})
export class ProjectionsResumeCommand extends ProjectionActCommand {
  protected act(operations: ProjectionOperations, name: string): Promise<unknown> {
    return operations.resume(name);
  }

  protected done({ name, position }: ProjectionStatus): string {
    return `${name} goes on at position ${position.toLocaleString('en')}.`;
  }

  @Help('after')
  help(): string {
    return `
It folds what came meanwhile, from where it stood.

Examples:
  eventfold projections resume user-profile`;
  }
}
