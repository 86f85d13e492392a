import { CommandGroup } from '../command.js';
import { aggregateCommand } from './aggregate.command.js';
import { readModelCommand } from './read-model.command.js';

export const newCommand = (): CommandGroup =>
  new CommandGroup('new', 'Source files for an application of yours: an aggregate, a read model', [
    aggregateCommand(),
    readModelCommand(),
  ]).manual(`\
They are yours from then on. Needs no database and no settings.

Examples:
  eventfold new aggregate order
  eventfold new read-model order-summary --of order`);
