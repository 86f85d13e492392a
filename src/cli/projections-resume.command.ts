import { Help, Option, SubCommand } from 'nest-commander';
import { ProjectionOperations, type ProjectionStatus } from '../event-sourcing/index.js';
import { Application } from './application.js';
import { EventfoldCommand } from './eventfold-command.js';
import { Output } from './output.js';
import { printable } from './printable.js';

@SubCommand({
  name: 'resume',
  arguments: '<name>',
  argsDescription: { name: 'of the projection' },
  description: 'Go on after a pause',
})
export class ProjectionsResumeCommand extends EventfoldCommand {
  constructor(
    private readonly application: Application,
    private readonly output: Output,
  ) {
    super();
  }

  run([name]: [string], { json }: { json?: boolean }): Promise<void> {
    return this.application.use(async (application) => {
      const operations = application.get(ProjectionOperations);
      await operations.resume(name);
      const status = await operations.get(name);
      await this.output.line(json ? printable(JSON.stringify(status)) : done(status));
    });
  }

  @Option({ flags: '--json', description: 'the projection, as GET /projections/<name> answers' })
  parseJson(): boolean {
    return true;
  }

  @Help('after')
  help(): string {
    return `
It folds what came meanwhile, from where it stood.

Examples:
  eventfold projections resume user-profile`;
  }
}

const done = ({ name, position }: ProjectionStatus) =>
  `${name} goes on at position ${position.toLocaleString('en')}.`;
