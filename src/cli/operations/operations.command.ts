import { CommandGroup } from '../command.js';
import { listCommand } from './list.command.js';

export const operationsCommand = (): CommandGroup =>
  new CommandGroup(
    'operations',
    'The log of operations, who did what to projections, parked keys and timers: list',
    [listCommand()],
  ).manual(`\
Examples:
  eventfold operations list
  eventfold operations list --projection user-profile --limit 200`);
