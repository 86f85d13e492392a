import { CliCommand } from '../command.js';

export const correctTimesCommand = (): CliCommand =>
  new CliCommand('correct-times', 'Give events true times again, after the clock of the database was ahead')
    .option('--apply', 'do it; without it, only say what would be done')
    .json('one JSON object: applied, events, from, last, before')
    .runs(async () => (await import('./correct-times.js')).correctTimes).manual(`\
Time never runs backwards in the log. So once the clock of the database was ahead, all later events get that time until it
is over. First put that clock right: while it differs from that of this machine, nothing is done.

Then the events that have a time which is still to come get the one at which they were appended, as far as their ids tell
(UUIDs of version 7, which an append makes), and never an earlier one than the event before. Positions, versions and data
stay. Appends wait meanwhile; readers do not. Only the owner of the table may do it. Afterwards:
  - restart the services, which may have states with the old times in memory
  - rebuild read models that keep or count times: eventfold projections rebuild <name>
  - take a new digest: eventfold log verify. One that was taken at the first of these events or later does not hold any more

Examples:
  eventfold log correct-times
  eventfold log correct-times --apply`);
