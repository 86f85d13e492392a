import { EXAMPLE_USER } from '../../api/example-user.js';
import { CommandGroup } from '../command.js';
import { eraseCommand } from './erase.command.js';
import { reapplyCommand } from './reapply.command.js';
import { rewrapCommand } from './rewrap.command.js';
import { sealCommand } from './seal.command.js';
import { verifyCommand } from './verify.command.js';

export const privacyCommand = (): CommandGroup =>
  new CommandGroup('privacy', 'Personal data: keys, and to forget a person, provably', [
    eraseCommand(),
    verifyCommand(),
    reapplyCommand(),
    rewrapCommand(),
    sealCommand(),
  ]).manual(`\
A person is the subject of personal fields of events, such as a user by its id.

Examples:
  eventfold privacy erase ${EXAMPLE_USER.id} --reason 'asked by mail'
  eventfold privacy verify ${EXAMPLE_USER.id} --text ${EXAMPLE_USER.email}
  eventfold privacy reapply            after a restore from a backup
  eventfold privacy rewrap             after PRIVACY_MASTER_KEY got a new first key
  eventfold privacy seal               once, on a log of before personal fields were encrypted`);
