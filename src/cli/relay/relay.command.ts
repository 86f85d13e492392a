import { CommandGroup } from '../command.js';
import { statusCommand } from './status.command.js';

export const relayCommand = (): CommandGroup =>
  new CommandGroup('relay', 'The stream of JetStream that the log is published to: status', [statusCommand()])
    .manual(`\
Examples:
  eventfold relay status
  eventfold relay status --json`);
