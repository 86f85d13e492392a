import { CommandGroup } from '../command.js';
import { showCommand } from './show.command.js';
import { statesCommand } from './states.command.js';
import { EXAMPLE_USER } from '../../api/example-user.js';

export const streamCommand = (): CommandGroup =>
  new CommandGroup('stream', 'One stream: the events of one aggregate', [showCommand(), statesCommand()])
    .manual(`\
Examples:
  eventfold stream show content-metropolis-1927
  eventfold stream show user-${EXAMPLE_USER.id} --json
  eventfold stream states user-${EXAMPLE_USER.id}`);
