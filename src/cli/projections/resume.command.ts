import { CliCommand } from '../command.js';

export const resumeCommand = (): CliCommand =>
  new CliCommand('resume', 'Go on after a pause')
    .argument('<name>', 'of the projection')
    .json('the projection, as GET /projections/<name> answers')
    .runs(async () => (await import('./pause-resume.js')).resumeProjection).manual(`\
It folds what came meanwhile, from where it stood.

Examples:
  eventfold projections resume user-profile`);
