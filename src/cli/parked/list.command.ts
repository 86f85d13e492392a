import { CliCommand } from '../command.js';
import { wholeNumber } from '../option-value.js';

export const listCommand = (): CliCommand =>
  new CliCommand('list', 'Print the parked keys of a projection, and the errors')
    .argument('<projection>', 'its name')
    .option('--rebuild', 'the keys that a rebuild under way has set aside, not those of the living rows')
    .option('--after <key>', 'only keys after this one')
    .value('--limit <N>', 'at most N keys (default: 50)', wholeNumber(1, 10_000))
    .json('what GET /projections/<name>/parked answers, in one line')
    .runs(async () => (await import('./list.js')).listParked).manual(`\
A line has key, position and type of the event that cannot be folded, how many events wait (that one and later ones of
the key), tries, time and error. On a terminal it is cut to the width; in a pipe it is whole.

Examples:
  eventfold parked list user-profile
  eventfold parked list user-profile --json | jq '.items[] | {key, error, data: .event.data}'`);
