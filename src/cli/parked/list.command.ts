import { CliCommand } from '../command.js';
import { wholeNumber } from '../option-value.js';

export const listCommand = (): CliCommand =>
  new CliCommand('list', 'Print the parked keys of a projection, and their errors')
    .argument('<projection>', 'the name of the projection')
    .option('--rebuild', 'the parked keys of a rebuild under way, not those of the living rows')
    .option('--after <key>', 'only keys after this one')
    .value('--limit <N>', 'at most N keys (default: 50)', wholeNumber(1, 10_000))
    .json('what GET /projections/<name>/parked answers, in one line')
    .runs(async () => (await import('./list.js')).listParked).manual(`\
A line has the key, the position and type of the event that cannot be folded, the number of waiting events (that event
and later ones of the key), tries, time and error. A terminal cuts the line to its width; a pipe gets the whole line.

Examples:
  eventfold parked list user-profile
  eventfold parked list user-profile --json | jq '.items[] | {key, error, data: .event.data}'`);
