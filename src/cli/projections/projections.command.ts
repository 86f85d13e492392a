import { CommandGroup } from '../command.js';
import { actCommands } from './act.command.js';
import { rebuildCommand } from './rebuild.command.js';
import { rebuildsCommand } from './rebuilds.command.js';
import { historyCommand } from './history.command.js';
import { rebuildRowCommand } from './rebuild-row.command.js';
import { rowCommand } from './row.command.js';
import { statusCommand } from './status.command.js';

export const projectionsCommand = (): CommandGroup =>
  new CommandGroup('projections', 'Folds of the log into read models: status, pause, resume, rebuild, rows', [
    statusCommand(),
    rebuildCommand(),
    rebuildsCommand(),
    ...actCommands(),
    rowCommand(),
    historyCommand(),
    rebuildRowCommand(),
  ]).manual(`\
Examples:
  eventfold projections status --watch
  eventfold projections rebuild user-profile --hold
  eventfold projections pause content-popularity
  eventfold projections resume content-popularity
  eventfold projections history content-popularity metropolis-1927`);
