import { EXAMPLE_USER } from '../../api/example-user.js';
import { REBUILD_ROW } from '../../operations/row-acts.js';
import { CliCommand } from '../command.js';
import { paragraph } from '../terminal/paragraph.js';

export const rebuildRowCommand = (): CliCommand =>
  new CliCommand(REBUILD_ROW.name, REBUILD_ROW.summary)
    .argument('<name>', 'the name of the projection')
    .argument('<key>', 'the key of the projection, such as a user id')
    .json('what POST /projections/<name>/rows/<key>/rebuild answers, in one line')
    .runs(async () => (await import('./rebuild-row.js')).rebuildRow).manual(`\
${paragraph(REBUILD_ROW.effect)}

Examples:
  eventfold projections rebuild-row user-profile ${EXAMPLE_USER.id}
  eventfold projections rebuild-row content-popularity metropolis-1927 --json | jq '.tables[].differences'`);
