import { CommandGroup } from '../command.js';
import { listCommand } from './list.command.js';
import { retryCommand } from './retry.command.js';
import { skipCommand } from './skip.command.js';
import { EXAMPLE_USER } from '../../api/example-user.js';

export const parkedCommand = (): CommandGroup =>
  new CommandGroup('parked', 'Keys of a projection that are set aside after a failure: list, retry, skip', [
    listCommand(),
    retryCommand(),
    skipCommand(),
  ]).manual(`\
An event that cannot be folded stops its key (such as one user), and no other key. Later events of the key wait.

Examples:
  eventfold parked list user-profile
  eventfold parked retry user-profile ${EXAMPLE_USER.id}
  eventfold parked retry user-profile --all
  eventfold parked skip user-profile ${EXAMPLE_USER.id}`);
