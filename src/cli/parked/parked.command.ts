import { CommandGroup } from '../command.js';
import { listCommand } from './list.command.js';
import { retryCommand } from './retry.command.js';
import { skipCommand } from './skip.command.js';

export const parkedCommand = (): CommandGroup =>
  new CommandGroup('parked', 'Keys of a projection that are set aside after a failure: list, retry, skip', [
    listCommand(),
    retryCommand(),
    skipCommand(),
  ]).manual(`\
An event that cannot be folded stops its key (such as one user), and no other. Later events of the key wait behind it.

Examples:
  eventfold parked list user-profile
  eventfold parked retry user-profile 3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10
  eventfold parked retry user-profile --all
  eventfold parked skip user-profile 3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10`);
