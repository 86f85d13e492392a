import { CANCEL, REBUILD, RELEASE } from '../../operations/projection-acts.js';
import { CliCommand } from '../command.js';
import { asPhrase, paragraph } from '../terminal/paragraph.js';
import type { RebuildOptions } from './rebuild.js';

export const rebuildCommand = (): CliCommand =>
  new CliCommand(REBUILD.name, REBUILD.summary)
    .argument('<name>', 'the name of the projection')
    .option('--hold', 'compare and report; exchange the rows only after --release')
    .option('--release', asPhrase(RELEASE.summary))
    .option('--cancel', asPhrase(CANCEL.summary))
    .option(
      '--follow',
      'wait until the rows are exchanged or held, and print the report (default: on a terminal)',
    )
    .option('--no-follow', 'begin the rebuild, and do not wait for it')
    .requires(({ hold, release, cancel }: RebuildOptions) =>
      [hold, release, cancel].filter(Boolean).length > 1
        ? '--hold, --release and --cancel exclude each other'
        : undefined,
    )
    .json('the projection, as GET /projections/<name> answers')
    .runs(async () => (await import('./rebuild.js')).rebuildProjection).manual(`\
${paragraph(REBUILD.effect)}

A bar on a terminal shows the rate and the time to go. Ctrl-C ends the bar, not the rebuild.

Examples:
  eventfold projections rebuild user-profile
  eventfold projections rebuild user-profile --hold        look at the differences first ...
  eventfold projections rebuild user-profile --release     ... then exchange the rows
  eventfold projections rebuild user-profile --cancel      ... or drop the new ones
  eventfold projections rebuild user-profile --follow --json | jq .lastRebuild.tables`);
