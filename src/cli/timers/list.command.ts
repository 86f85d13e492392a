import { CliCommand } from '../command.js';
import { oneOf, wholeNumber } from '../option-value.js';

export const listCommand = (): CliCommand =>
  new CliCommand('list', 'Print the timers that have not fired, the next due first')
    .value('--state <state>', 'only those that are so', oneOf('pending', 'failed', 'cancelled'))
    .option('--process <name>', 'only timers of this process')
    .option('--key <key>', 'only timers with this key')
    .option('--name <name>', 'only timers with this name')
    .option('--cursor <cursor>', 'the page after another')
    .value('--limit <N>', 'at most N timers (default: 50)', wholeNumber(1, 10_000))
    .json('what GET /timers answers, in one line')
    .runs(async () => (await import('./list.js')).listTimers).manual(`\
A pending timer waits. The event of a failed one could not be appended: mend the cause, then move or cancel it. A
cancelled one is listed for a day. The log has the events of those that have fired, with "dueAt" in their metadata.

Examples:
  eventfold timers list --name payment-due
  eventfold timers list --state failed --json | jq '.items[] | {id, type, failure}'`);
