import { CliCommand } from '../command.js';

export const dropCommand = (): CliCommand =>
  new CliCommand('drop', 'Forget a projection that no code has any more')
    .argument('<name>', 'of the projection')
    .runs(async () => (await import('./drop.js')).dropProjection).manual(`\
Deletes its checkpoints, parked keys and rebuild. Tables of its rows stay: only its code knew which they are. A projection
that a process has is not dropped.

Examples:
  eventfold projections drop daily-report`);
