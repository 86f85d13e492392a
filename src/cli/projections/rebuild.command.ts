import { CliCommand } from '../command.js';

export const rebuildCommand = (): CliCommand =>
  new CliCommand(
    'rebuild',
    'Fold the rows again from the first event on, beside the living ones, and exchange them',
  )
    .argument('<name>', 'of the projection')
    .option('--hold', 'compare and report, and exchange the rows only after --release')
    .option('--release', 'let a rebuild that is, or is to be, held go on to the exchange')
    .option('--cancel', 'end a rebuild and drop its rows')
    .option('--follow', 'wait until it is exchanged or held, and print the report (default: on a terminal)')
    .option('--no-follow', 'begin it, and no more')
    .json('the projection, as GET /projections/<name> answers')
    .runs(async () => (await import('./rebuild.js')).rebuildProjection).manual(`\
The processes that run the projection do the work; queries see the old rows meanwhile. Then both are compared by primary
key and exchanged, in one transaction. On a terminal a bar shows rate and time to go; Ctrl-C ends the bar, not the
rebuild.

Examples:
  eventfold projections rebuild user-profile
  eventfold projections rebuild user-profile --hold        look at the differences first ...
  eventfold projections rebuild user-profile --release     ... then exchange the rows
  eventfold projections rebuild user-profile --cancel      ... or drop the new ones
  eventfold projections rebuild user-profile --follow --json | jq .lastRebuild.tables`);
