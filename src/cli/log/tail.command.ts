import { CliCommand } from '../command.js';
import { wholeNumber } from '../option-value.js';

export const tailCommand = (): CliCommand =>
  new CliCommand('tail', 'Print the last events, and with --follow those to come')
    .value('-n, --lines <N>', 'the last N of the events (default: 10, with --after all)', wholeNumber(0))
    .value('--after <N>', 'only events after position N', wholeNumber(0))
    .values('--type <T>', 'only events of type T; may be given several times')
    .option('-f, --follow', 'go on with events as they are appended, until Ctrl-C')
    .json('a line of JSON for each event, whole, with its metadata')
    .runs(async () => (await import('./tail.js')).tailLog).manual(`\
A line has position, time, stream@version, type and data. On a terminal it is cut to the width; in a pipe it is whole.
The search for a rare --type may read the whole log.

Examples:
  eventfold log tail                            the last 10 events
  eventfold log tail -f                         ... and those to come
  eventfold log tail -n 0 -f                    only those to come
  eventfold log tail --after 1200               all after position 1200
  eventfold log tail --after 1200 -n 5          the last 5 of them
  eventfold log tail --type content.rated --type content.watched
  eventfold log tail --after 0 --json | jq .type | sort | uniq -c`);
