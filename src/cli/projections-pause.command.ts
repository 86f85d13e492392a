import { Help, Option, SubCommand } from 'nest-commander';
import { ProjectionOperations, type ProjectionStatus } from '../event-sourcing/index.js';
import { Application } from './application.js';
import { EventfoldCommand } from './eventfold-command.js';
import { Output } from './output.js';
import { printable } from './printable.js';

@SubCommand({
  name: 'pause',
  arguments: '<name>',
  argsDescription: { name: 'of the projection' },
  description: 'Stop folding, on every instance, after the turns under way',
})
export class ProjectionsPauseCommand extends EventfoldCommand {
  constructor(
    private readonly application: Application,
    private readonly output: Output,
  ) {
    super();
  }

  run([name]: [string], { json }: { json?: boolean }): Promise<void> {
    return this.application.use(async (application) => {
      const operations = application.get(ProjectionOperations);
      await operations.pause(name);
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
Queries go on to answer, with rows that get old, and ready checks stay green. The log goes on as well.

Examples:
  eventfold projections pause user-profile`;
  }
}

const done = ({ name, position }: ProjectionStatus) =>
  `${name} is paused at position ${position.toLocaleString('en')}. To go on: eventfold projections resume ${name}`;
