import { Injectable } from '@nestjs/common';
import { Option } from 'nest-commander';
import { ProjectionOperations, type ProjectionStatus } from '../../event-sourcing/index.js';
import { Application } from '../application.js';
import { EventfoldCommand } from '../eventfold-command.js';
import { Output } from '../terminal/output.js';
import { printable } from '../terminal/printable.js';

/** A command that does one thing to one projection, and says how it stands then. */
@Injectable()
export abstract class ProjectionActCommand extends EventfoldCommand {
  constructor(
    private readonly application: Application,
    private readonly output: Output,
  ) {
    super();
  }

  protected abstract act(operations: ProjectionOperations, name: string): Promise<unknown>;

  /** For people. */
  protected abstract done(status: ProjectionStatus): string;

  run([name]: [string], { json }: { json?: boolean }): Promise<void> {
    return this.application.use(async (application) => {
      const operations = application.get(ProjectionOperations);
      await this.act(operations, name);
      const status = await operations.get(name);
      await this.output.line(json ? printable(JSON.stringify(status)) : this.done(status));
    });
  }

  @Option({ flags: '--json', description: 'the projection, as GET /projections/<name> answers' })
  parseJson(): boolean {
    return true;
  }
}
