import { Command, Help } from 'nest-commander';
import { CommandGroup } from '../eventfold-command.js';
import { NewAggregateCommand } from './aggregate.command.js';
import { NewReadModelCommand } from './read-model.command.js';

@Command({
  name: 'new',
  description: 'Source files for an application of yours: an aggregate, a read model',
  subCommands: [NewAggregateCommand, NewReadModelCommand],
})
export class NewCommand extends CommandGroup {
  @Help('after')
  help(): string {
    return `
They are yours from then on. Needs no database and no settings.

Examples:
  eventfold new aggregate order
  eventfold new read-model order-summary --of order`;
  }
}
