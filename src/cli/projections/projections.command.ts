import { CommandGroup } from '../command.js';
import { dropCommand } from './drop.command.js';
import { pauseCommand } from './pause.command.js';
import { rebuildCommand } from './rebuild.command.js';
import { resumeCommand } from './resume.command.js';
import { statusCommand } from './status.command.js';

export const projectionsCommand = (): CommandGroup =>
  new CommandGroup(
    'projections',
    'The folds of the log into read models: how they are, pause, resume, rebuild',
    [statusCommand(), rebuildCommand(), pauseCommand(), resumeCommand(), dropCommand()],
  ).manual(`\
Examples:
  eventfold projections status --watch
  eventfold projections rebuild user-profile --hold
  eventfold projections pause content-popularity
  eventfold projections resume content-popularity`);
