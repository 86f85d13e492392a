import { CANCEL, REBUILD, RELEASE } from '../../operations/projection-acts.js';
import { CliCommand } from '../command.js';
import { asPhrase, paragraph } from '../terminal/paragraph.js';

export const rebuildCommand = (): CliCommand =>
  new CliCommand(REBUILD.name, REBUILD.summary)
    .argument('<name>', 'of the projection')
    .option('--hold', 'compare and report, and exchange the rows only after --release')
    .option('--release', asPhrase(RELEASE.summary))
    .option('--cancel', asPhrase(CANCEL.summary))
    .option('--follow', 'wait until it is exchanged or held, and print the report (default: on a terminal)')
    .option('--no-follow', 'begin it, and no more')
    .json('the projection, as GET /projections/<name> answers')
    .runs(async () => (await import('./rebuild.js')).rebuildProjection).manual(`\
${paragraph(REBUILD.effect)}

On a terminal a bar shows rate and time to go; Ctrl-C ends the bar, not the rebuild.

Examples:
  eventfold projections rebuild user-profile
  eventfold projections rebuild user-profile --hold        look at the differences first ...
  eventfold projections rebuild user-profile --release     ... then exchange the rows
  eventfold projections rebuild user-profile --cancel      ... or drop the new ones
  eventfold projections rebuild user-profile --follow --json | jq .lastRebuild.tables`);
