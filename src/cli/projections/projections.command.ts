import { CommandGroup } from '../command.js';
import { actCommands } from './act.command.js';
import { rebuildCommand } from './rebuild.command.js';
import { rebuildsCommand } from './rebuilds.command.js';
import { statusCommand } from './status.command.js';

export const projectionsCommand = (): CommandGroup =>
  new CommandGroup('projections', 'Folds of the log into read models: status, pause, resume, rebuild', [
    statusCommand(),
    rebuildCommand(),
    rebuildsCommand(),
    ...actCommands(),
  ]).manual(`\
Examples:
  eventfold projections status --watch
  eventfold projections rebuild user-profile --hold
  eventfold projections pause content-popularity
  eventfold projections resume content-popularity`);
