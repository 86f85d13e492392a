import { Command, Help } from 'nest-commander';
import { CommandGroup } from '../eventfold-command.js';
import { StreamShowCommand } from './show.command.js';

@Command({
  name: 'stream',
  description: 'One stream: the events of one aggregate',
  subCommands: [StreamShowCommand],
})
export class StreamCommand extends CommandGroup {
  @Help('after')
  help(): string {
    return `
Examples:
  eventfold stream show content-metropolis-1927
  eventfold stream show user-3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10 --json`;
  }
}
