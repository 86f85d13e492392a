import { Command, Help } from 'nest-commander';
import { CommandGroup } from '../eventfold-command.js';
import { ProjectionsPauseCommand } from './pause.command.js';
import { ProjectionsRebuildCommand } from './rebuild.command.js';
import { ProjectionsResumeCommand } from './resume.command.js';
import { ProjectionsStatusCommand } from './status.command.js';

@Command({
  name: 'projections',
  description: 'The folds of the log into read models: how they are, pause, resume, rebuild',
  subCommands: [
    ProjectionsStatusCommand,
    ProjectionsRebuildCommand,
    ProjectionsPauseCommand,
    ProjectionsResumeCommand,
  ],
})
export class ProjectionsCommand extends CommandGroup {
  @Help('after')
  help(): string {
    return `
Examples:
  eventfold projections status --watch
  eventfold projections rebuild user-profile --hold
  eventfold projections pause content-popularity
  eventfold projections resume content-popularity`;
  }
}
