import { CliCommand } from '../command.js';
import { oneOf, wholeNumber } from '../option-value.js';

export const listCommand = (): CliCommand =>
  new CliCommand('list', 'Print the processes of process managers, by name and key')
    .option('--name <name>', 'only those of this process manager')
    .value(
      '--state <state>',
      'only those in this state: running, stuck or ended',
      oneOf('running', 'stuck', 'ended'),
    )
    .option('--cursor <text>', 'the next page: nextCursor of the page before')
    .value('--limit <N>', 'at most N processes (default: 50)', wholeNumber(1, 200))
    .json('what GET /processes answers, in one line')
    .runs(async () => (await import('./list.js')).listProcesses).manual(`\
A line has the process manager, key, state, number of steps, waiting commands, the time of the last step and of the next
timer, and the reason why it is stuck.

Examples:
  eventfold processes list --state stuck
  eventfold processes list --name checkout --json | jq '.items[].key'`);
