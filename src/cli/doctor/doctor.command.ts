import { CliCommand } from '../command.js';

export const doctorCommand = (): CliCommand =>
  new CliCommand('doctor', 'Are the database and this process fit for Eventfold, and what is to be mended?')
    .json('one JSON object: ok, and checks, each with name, status, value, right, finding and cure')
    .runs(async () => (await import('./doctor.js')).examineAll).manual(`\
The command looks at these parts, and changes nothing:
  - the server: version, encoding, whether it takes writes, what survives a crash
  - the schema: migrations, tables, rights of the role, row security, autovacuum
  - the session: isolation, time limits, connections, clock, whether a pooler is between, whether notifications arrive
  - the process: Node.js, pool, driver, copies of TypeORM

The start of the service does the same checks, except for pooler and notifications. It logs a line for each warning,
and ends at a finding that is wrong. The doctor goes by the settings of the service, also by DATABASE_POOL_SIZE and
PROJECTIONS. With --app it goes by the settings of the application: its pool, its "projections", its migrations and the
tables of its read models.

status:
  ok     as it should be
  warn   Eventfold works, and something is slower, less safe or less plain than it could be
  wrong  Eventfold does not work; exit code 1

Examples:
  eventfold doctor
  eventfold doctor --json | jq '.checks[] | select(.status != "ok")'
  eventfold doctor && npm start
  PROJECTIONS=off DATABASE_URL=postgres://web@db/events eventfold doctor     as a process that folds nothing`);
