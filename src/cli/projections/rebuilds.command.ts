import { CliCommand } from '../command.js';
import { wholeNumber } from '../option-value.js';

export const rebuildsCommand = (): CliCommand =>
  new CliCommand('rebuilds', 'Print the rebuilds of a projection that have ended, the latest first')
    .argument('<name>', 'the name of the projection')
    .value('--after <id>', 'only older ones than this one', wholeNumber(0))
    .value('--limit <N>', 'at most N rebuilds (default: 50)', wholeNumber(1, 10_000))
    .json('what GET /projections/<name>/rebuilds answers, in one line')
    .runs(async () => (await import('./rebuilds.js')).listRebuilds).manual(`\
A line has the counts of rows that the rebuild changed, of all tables together. --json has the whole comparisons.

Examples:
  eventfold projections rebuilds user-profile
  eventfold projections rebuilds user-profile --limit 1 --json | jq '.items[0].report.tables'`);
