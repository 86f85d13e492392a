import { CommandGroup } from '../command.js';
import { rejectedCommand } from './rejected.command.js';

export const intakeCommand = (): CommandGroup =>
  new CommandGroup('intake', 'Messages of other services: those that could not be taken', [rejectedCommand()])
    .manual(`\
Other services publish events to a JetStream stream, and the intake takes them into the log. A message that cannot be
an event is kept, with the reason, and the others go on.

Examples:
  eventfold intake rejected list
  eventfold intake rejected resend 17 --data mended.json`);
