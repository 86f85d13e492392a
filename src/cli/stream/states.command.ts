import { EXAMPLE_USER } from '../../api/example-user.js';
import { MAX_INTEGER } from '../../event-sourcing/postgres/integer.js';
import { CliCommand } from '../command.js';
import { wholeNumber } from '../option-value.js';

export const statesCommand = (): CliCommand =>
  new CliCommand('states', 'Print the events of a stream, and what each changed in its aggregate')
    .argument('<id>', 'of the stream, such as user-<userId>')
    .value(
      '--from-version <N>',
      'the version to begin with (default: the first)',
      wholeNumber(1, MAX_INTEGER),
    )
    .value('--limit <N>', 'at most N events (default: 100)', wholeNumber(1, 1_000))
    .json('a line of JSON for each event: event, state, changes, failure')
    .runs(async () => (await import('./states.js')).showStates).manual(`\
The aggregate of this process folds the events. A stream of no aggregate ends it with exit code 1.

Examples:
  eventfold stream states user-${EXAMPLE_USER.id}
  eventfold stream states user-${EXAMPLE_USER.id} --json | jq .state`);
