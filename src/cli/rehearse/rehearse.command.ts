import { CliCommand } from '../command.js';
import { MAX_INTEGER } from '../../event-sourcing/postgres/integer.js';
import { wholeNumber } from '../option-value.js';

export const rehearseCommand = (): CliCommand =>
  new CliCommand('rehearse', DESCRIPTION)
    .value(
      '--sample <N>',
      'read about N events, and N of streams (default: 10000)',
      wholeNumber(1, 1_000_000),
    )
    .option('--whole', 'read every event, and every stream that has an aggregate')
    .value('--from <POSITION>', 'begin there, e.g. after the last rehearsal (default: 1)', wholeNumber(1))
    .value('--seed <N>', 'another number makes another sample (default: 1)', wholeNumber(0, MAX_INTEGER))
    .value('--rows <N>', ROWS, wholeNumber(0, 100_000_000))
    .json(
      'one JSON object: ok, head, whole, read, streams, types, unsure, projections, unmet, unknownTypes, seconds',
    )
    .runs(async () => (await import('./rehearse.js')).rehearse)
    .manual(MANUAL);

const DESCRIPTION =
  'Can this build read all that is stored? Exit code 1 and every type that breaks if it cannot';
const ROWS = 'rows of a projection to keep in memory, to know their history (default: 100000)';

const MANUAL = `\
Run it with the new build, against the living database, before the build is deployed. It takes stored events through:
  - the upcasters: does the build know every type and schema version, and can it read the events?
  - the aggregates: streams are folded from their first event on, without snapshots
  - the projections: handlers are called with rows in memory, which nobody writes

It only reads: each page in a transaction that PostgreSQL keeps from writing, so a role that may only select will do.
A service may go on meanwhile; nothing is locked or notified, and no snapshot is held for long.

With --app the build is that of an application. Without, on the log of one that imports the package, types that this
program does not know are listed and not counted.

A sample has the beginning and the end of the log and blocks between them. It can miss a type that is rare: --whole
misses nothing. From the first event on, projections see all that made a row; after a gap, or more rows than --rows,
they see the living rows or none. A handler that then fails for every event of a type is UNSURE, and not counted.

Examples:
  eventfold rehearse && deploy                  exit code 1: something breaks, or it could not be done
  eventfold rehearse --sample 200000 --seed 7
  eventfold rehearse --whole --json > rehearsal.json
  eventfold rehearse --whole --from "$(($(jq .head rehearsal.json) + 1))"      what came since`;
