import { EXAMPLE_USER } from '../../api/example-user.js';
import { CliCommand } from '../command.js';

export const rowCommand = (): CliCommand =>
  new CliCommand('row', 'Print the living rows of a key')
    .argument('<name>', 'the name of the projection')
    .argument('<key>', 'the key of the projection, such as a user id')
    .json('what GET /projections/<name>/rows/<key> answers, in one line')
    .runs(async () => (await import('./row.js')).showRows).manual(`\
Each row is a line of JSON, by column, behind the name of its table.

Examples:
  eventfold projections row user-profile ${EXAMPLE_USER.id}
  eventfold projections row content-popularity metropolis-1927 --json | jq '.tables[0].rows[0]'`);
