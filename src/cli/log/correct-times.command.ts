import { CliCommand } from '../command.js';

export const correctTimesCommand = (): CliCommand =>
  new CliCommand('correct-times', 'Give events true times again, after the clock of the database was ahead')
    .option('--apply', 'do it; without it, only say what would be done')
    .json('one JSON object: applied, events, from, last, before')
    .runs(async () => (await import('./correct-times.js')).correctTimes).manual(`\
Time never runs backwards in the log. So when the clock of the database was ahead, later events get that time until it
has passed. First put that clock right: while it differs from the clock of this machine, the command changes nothing.

Then each event with a time in the future gets the time at which it was appended, as far as its id tells (a UUID of
version 7, which an append makes). It never gets an earlier time than the event before. Positions, versions and data stay.
Appends wait meanwhile; readers do not. Only the owner of the table may do it. Afterwards:
  - restart the services, which may have states with the old times in memory
  - rebuild read models that keep or count times: eventfold projections rebuild <name>
  - take a new digest: eventfold log verify. A digest from the first of these events or later no longer holds

Examples:
  eventfold log correct-times
  eventfold log correct-times --apply`);
