import { EXAMPLE_USER } from '../../api/example-user.js';
import { CommandGroup } from '../command.js';
import { eraseCommand } from './erase.command.js';
import { reapplyCommand } from './reapply.command.js';
import { verifyCommand } from './verify.command.js';

export const privacyCommand = (): CommandGroup =>
  new CommandGroup('privacy', 'Personal data: forget a person, and prove it', [
    eraseCommand(),
    verifyCommand(),
    reapplyCommand(),
  ]).manual(`\
A person is the subject of personal fields of events, such as a user by its id.

Examples:
  eventfold privacy erase ${EXAMPLE_USER.id} --reason 'asked by mail'
  eventfold privacy verify ${EXAMPLE_USER.id} --text ${EXAMPLE_USER.email}
  eventfold privacy reapply            after a restore from a backup`);
