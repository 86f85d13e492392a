import { Command, Help } from 'nest-commander';
import { CommandGroup } from '../eventfold-command.js';
import { ParkedListCommand } from './list.command.js';
import { ParkedRetryCommand } from './retry.command.js';
import { ParkedSkipCommand } from './skip.command.js';

@Command({
  name: 'parked',
  description: 'Keys of a projection that are set aside after a failure: list, retry, skip',
  subCommands: [ParkedListCommand, ParkedRetryCommand, ParkedSkipCommand],
})
export class ParkedCommand extends CommandGroup {
  @Help('after')
  help(): string {
    return `
An event that cannot be folded stops its key (such as one user), and no other. Later events of the key wait behind it.

Examples:
  eventfold parked list user-profile
  eventfold parked retry user-profile 3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10
  eventfold parked retry user-profile --all
  eventfold parked skip user-profile 3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10`;
  }
}
