import { EXAMPLE_USER } from '../../api/example-user.js';
import { CliCommand } from '../command.js';
import { wholeNumber } from '../option-value.js';

export const historyCommand = (): CliCommand =>
  new CliCommand('history', 'Print the events of a key, and what each changed in its rows')
    .argument('<name>', 'the name of the projection')
    .argument('<key>', 'the key of the projection, such as a user id')
    .value('--after <N>', 'only events after position N', wholeNumber(0))
    .value('--up-to <N>', 'only events up to position N', wholeNumber(0))
    .value('--limit <N>', 'at most N events (default: 100)', wholeNumber(1, 10_000))
    .json('a line of JSON for each event: event, changes, skipped, failure')
    .runs(async () => (await import('./history.js')).showHistory).manual(`\
The events of the key are folded in memory by the code of this process, and nothing is written. The search for them may
read the whole log.

Examples:
  eventfold projections history user-profile ${EXAMPLE_USER.id}
  eventfold projections history user-profile ${EXAMPLE_USER.id} --up-to 1200
  eventfold projections history content-popularity metropolis-1927 --json | jq '.changes[].fields'`);
