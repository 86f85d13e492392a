import { CliCommand } from '../command.js';
import { MAX_INTEGER } from '../../event-sourcing/postgres/integer.js';
import { oneOf, wholeNumber } from '../option-value.js';

export const showCommand = (): CliCommand =>
  new CliCommand('show', 'Print the events of a stream, with their versions')
    .argument('<id>', 'of the stream, such as user-<userId> or content-<contentId>')
    .value('--from-version <N>', FROM_VERSION, wholeNumber(1, MAX_INTEGER))
    .value('--limit <N>', 'at most N events (default: 100)', wholeNumber(1, 10_000))
    .value('--direction <D>', 'forwards or backwards (default: forwards)', oneOf('forwards', 'backwards'))
    .json('a line of JSON for each event, whole, with its metadata')
    .runs(async () => (await import('./show.js')).showStream).manual(`\
A line has version, position, time, type and data. On a terminal it is cut to the width; in a pipe it is whole.
A stream that does not exist ends it with exit code 1.

Examples:
  eventfold stream show content-metropolis-1927
  eventfold stream show content-metropolis-1927 --from-version 101
  eventfold stream show content-metropolis-1927 --direction backwards --limit 3
  eventfold stream show content-metropolis-1927 --json | jq .data`);

const FROM_VERSION = 'the version to begin with (default: the first; backwards, the last)';
