import { CliCommand } from '../command.js';

export const doctorCommand = (): CliCommand =>
  new CliCommand('doctor', 'Are the database and this process fit for Eventfold, and what is to be mended?')
    .json('one JSON object: ok, and checks, each with name, status, value, right, finding and cure')
    .runs(async () => (await import('./doctor.js')).examineAll).manual(`\
Looks, and changes nothing:
  - the server: version, encoding, whether it takes writes, what it keeps through a crash
  - the schema: migrations, tables, rights of the role, row security, autovacuum
  - the session: isolation, time limits, connections, clock, whether a pooler is between, whether notifications arrive
  - the process: Node.js, pool, driver, copies of TypeORM

The start of the service looks at the same, but for pooler and notifications: a warning is a line of the log, and what
is wrong ends the start. It goes by the settings of the service: DATABASE_POOL_SIZE and PROJECTIONS count, too. With --app
it goes by what the application says here: its pool, its "projections", its migrations, the tables of its read models.

status:
  ok     as it should be
  warn   it works, and something is slower, less safe or less plain than it could be
  wrong  it does not work; exit code 1

Examples:
  eventfold doctor
  eventfold doctor --json | jq '.checks[] | select(.status != "ok")'
  eventfold doctor && npm start
  PROJECTIONS=off DATABASE_URL=postgres://web@db/events eventfold doctor     as a process that folds nothing`);
