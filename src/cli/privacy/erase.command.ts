import { EXAMPLE_USER } from '../../api/example-user.js';
import { CliCommand } from '../command.js';
import { shortText, wholeNumber } from '../option-value.js';

export const eraseCommand = (): CliCommand =>
  new CliCommand('erase', 'Forget a person: destroy its key, and empty what was made of its events')
    .argument('<subject>', 'the id of the person, as its events have it')
    .value('--reason <text>', 'why, for the report; it is kept, so name nobody', shortText(1_000))
    .value('--wait <s>', 'how long to wait for the last step (default: 30)', wholeNumber(0, 86_400))
    .json('the report, in one line: what GET /privacy/erasures/<id> answers')
    .runs(async () => (await import('./erase.js')).erase).manual(`\
From the first moment on, an append with personal data of the person is refused. The steps follow: a line for each place,
with what was found there and what was done. Projections fold in the service, so that it should run; steps that the
command cannot wait for are done by any process that folds. Exit code 1 if steps are left then.

A person that is erased already keeps its erasure: the command goes on with it and prints its report.

Examples:
  eventfold privacy erase ${EXAMPLE_USER.id} --reason 'asked by mail'
  eventfold privacy erase ${EXAMPLE_USER.id} --json > report.json`);
