import { CommandGroup } from '../command.js';
import { showCommand } from './show.command.js';

export const streamCommand = (): CommandGroup =>
  new CommandGroup('stream', 'One stream: the events of one aggregate', [showCommand()]).manual(`\
Examples:
  eventfold stream show content-metropolis-1927
  eventfold stream show user-3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10 --json`);
