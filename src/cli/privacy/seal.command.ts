import { CliCommand } from '../command.js';

export const sealCommand = (): CliCommand =>
  new CliCommand('seal', 'Encrypt the personal fields of the events that are in the log already')
    .json('one JSON object: position, upTo, events')
    .runs(async () => (await import('./seal.js')).seal).manual(`\
Needed once, for a log that was written before personal fields were encrypted, and again when an event class declares
more of them. Make a backup first. Ids, positions, versions and times of events stay, so read models and aggregates stay,
too; digests of "eventfold log verify" change. The service may run, when all its processes are of this version. An ended
command goes on where it was. The table log_seals records who has used it.

Backups, and replicas of the log at a broker, keep what they have.

Examples:
  eventfold privacy seal && eventfold log verify`);
