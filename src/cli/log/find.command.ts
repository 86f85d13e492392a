import { EXAMPLE_USER } from '../../api/example-user.js';
import { CliCommand } from '../command.js';
import { oneOf, wholeNumber } from '../option-value.js';

interface Filters {
  correlation?: string;
  actor?: string;
  type?: string[];
}

export const findCommand = (): CliCommand =>
  new CliCommand('find', 'Print the events of one request, of one actor, or of a type')
    .option('--correlation <id>', 'only events with this correlation id')
    .option('--actor <id>', 'only events of this actor: the user in their metadata')
    .values('--type <T>', 'only events of type T; may be given several times')
    .value(
      '--after <N>',
      'a position, exclusive (default: the beginning; backwards, the end)',
      wholeNumber(0),
    )
    .value('--direction <D>', 'forwards or backwards (default: forwards)', oneOf('forwards', 'backwards'))
    .value('--limit <N>', 'at most N events (default: 100)', wholeNumber(1, 10_000))
    .requires(({ correlation, actor, type }: Filters) =>
      (correlation ?? actor ?? type) === undefined ? 'give --correlation, --actor or --type' : undefined,
    )
    .json('a line of JSON for each event, whole, with its metadata')
    .runs(async () => (await import('./find.js')).findEvents).manual(`\
The search reads the log from one end on, and ends after that many events.

Examples:
  eventfold log find --correlation checkout/2026-01-31#7
  eventfold log find --actor ${EXAMPLE_USER.id} --direction backwards --limit 5
  eventfold log find --type user.deactivated --json | jq .data.reason`);
