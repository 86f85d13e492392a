import { CliCommand } from '../command.js';
import { wholeNumber } from '../option-value.js';

export const listCommand = (): CliCommand =>
  new CliCommand('list', 'Print who did what, and with which outcome, the latest first')
    .option('--projection <name>', 'only acts on this projection, also on one that was dropped')
    .value('--after <id>', 'only older operations than this one', wholeNumber(0))
    .value('--limit <N>', 'at most N operations (default: 50)', wholeNumber(1, 10_000))
    .json('what GET /operations answers, in one line')
    .runs(async () => (await import('./list.js')).listOperations).manual(`\
An act that took effect is done. One that a rule or a state did not allow is refused. One that could not be done has
failed, as has a retry after which a key is still parked. A command is recorded with the user of the operating system.

Examples:
  eventfold operations list --projection user-profile
  eventfold operations list --json | jq '.items[] | select(.act == "skip") | {at, actor, parameters}'`);
