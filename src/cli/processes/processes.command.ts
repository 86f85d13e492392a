import { CommandGroup } from '../command.js';
import { endCommand } from './end.command.js';
import { listCommand } from './list.command.js';
import { retryCommand } from './retry.command.js';
import { sendCommand } from './send.command.js';

export const processesCommand = (): CommandGroup =>
  new CommandGroup(
    'processes',
    'Processes of your process managers, such as a checkout: list, retry, end, send',
    [listCommand(), retryCommand(), endCommand(), sendCommand()],
  ).manual(`\
A process that is stuck waits for an operator: a command of it has failed, its key is parked, or it had no step for
longer than its process manager declares. The commands need the code of the application (--app).

Examples:
  eventfold processes list --state stuck
  eventfold processes retry checkout o-17
  eventfold processes end checkout o-17 --reason 'Refunded by hand'`);
