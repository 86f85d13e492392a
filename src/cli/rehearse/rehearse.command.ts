import { CliCommand } from '../command.js';
import { MAX_INTEGER } from '../../event-sourcing/postgres/integer.js';
import { wholeNumber } from '../option-value.js';

export const rehearseCommand = (): CliCommand =>
  new CliCommand('rehearse', DESCRIPTION)
    .value(
      '--sample <N>',
      'read about N events, and N events of streams (default: 10000)',
      wholeNumber(1, 1_000_000),
    )
    .option('--whole', 'read every event, and every stream that has an aggregate')
    .requires(({ whole, sample }: { whole?: boolean; sample?: number }) =>
      whole && sample !== undefined
        ? '--whole and --sample exclude each other: the whole log, or a part of it'
        : undefined,
    )
    .value(
      '--from <POSITION>',
      'begin at this position, e.g. after the last rehearsal (default: 1)',
      wholeNumber(1),
    )
    .value('--seed <N>', 'another number makes another sample (default: 1)', wholeNumber(0, MAX_INTEGER))
    .value('--rows <N>', ROWS, wholeNumber(0, 100_000_000))
    .json(
      'one JSON object: ok, head, whole, read, streams, types, unsure, projections, unmet, unknownTypes, seconds',
    )
    .runs(async () => (await import('./rehearse.js')).rehearse)
    .manual(MANUAL);

const DESCRIPTION =
  'Can this build read all stored events? Exit code 1 and every type that breaks if it cannot';
const ROWS = 'keep at most N rows of a projection in memory, to know their history (default: 100000)';

const MANUAL = `\
Run the command with the new build, against the living database, before you deploy the build. It takes stored events
through:
  - the upcasters: does the build know every type and schema version, and can it read the events?
  - the aggregates: streams are folded from their first event on, without snapshots
  - the projections: handlers are called with rows in memory, which are never written to the database

The command only reads. It reads each page in a transaction that PostgreSQL keeps from writing, so a role that may only
select will do. A service may go on meanwhile: nothing is locked or notified, and no snapshot is held for long.

With --app it rehearses the build of an application. Without --app, on the log of an application that imports the
package, it lists the types that it does not know, and does not count them.

A sample has the beginning and the end of the log and blocks between them. It can miss a rare type; --whole misses
nothing. Projections see all that made a row while they read from the first event on. They see the living rows or none
after a gap, or after more rows than --rows. A handler that then fails for every event of a type is UNSURE, and does
not count.

Examples:
  eventfold rehearse && deploy                  exit code 1: something breaks, or it could not be done
  eventfold rehearse --sample 200000 --seed 7
  eventfold rehearse --whole --json > rehearsal.json
  eventfold rehearse --whole --from "$(($(jq .head rehearsal.json) + 1))"      what came since`;
