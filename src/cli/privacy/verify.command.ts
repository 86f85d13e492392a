import { EXAMPLE_USER } from '../../api/example-user.js';
import { CliCommand } from '../command.js';

export const verifyCommand = (): CliCommand =>
  new CliCommand('verify', 'Look whether anything personal of a person is left')
    .argument('<subject>', 'the id of the person')
    .values('--text <text>', 'a text to look for everywhere, such as the address; may be given several times')
    .json('one JSON object: subject, erasure, keys, rows, found, isForgotten')
    .runs(async () => (await import('./verify.js')).verify).manual(`\
Without --text it looks at the erasure, at the keys of the person, and at rows that are marked as personal. With --text
it also searches each column of each table that can have a text, and the streams of a configured relay and intake: as it
is, in any case, escaped as JSON, in Base64, in hexadecimal. It reads all of them, and changes nothing. Exit code 1 when
something is found, or nobody asked for the erasure.

Examples:
  eventfold privacy verify ${EXAMPLE_USER.id}
  eventfold privacy verify ${EXAMPLE_USER.id} --text ${EXAMPLE_USER.email} --text '${EXAMPLE_USER.name}'`);
