import { CliCommand } from '../command.js';

export const listCommand = (): CliCommand =>
  new CliCommand('list', 'Print the rejected messages, the oldest first')
    .json('a line of JSON for each message: with its reason, headers and body')
    .runs(async () => (await import('./list.js')).listRejected).manual(`\
A line has the sequence by which a message is sent again, the time of its rejection, its subject, its place in the
stream of the other service, and the reason. A terminal cuts the line to its width; a pipe gets the whole line.

Examples:
  eventfold intake rejected list
  eventfold intake rejected list --json | jq -r .reason | sort | uniq -c      how often for which reason?
  eventfold intake rejected list --json | jq -r 'select(.sequence == 17).body'`);
