import { CliCommand } from '../command.js';

export const pauseCommand = (): CliCommand =>
  new CliCommand('pause', 'Stop folding, on every instance, after the turns under way')
    .argument('<name>', 'of the projection')
    .json('the projection, as GET /projections/<name> answers')
    .runs(async () => (await import('./pause-resume.js')).pauseProjection).manual(`\
Queries go on to answer, with rows that get old, and ready checks stay green. The log goes on as well.

Examples:
  eventfold projections pause user-profile`);
