import { CliCommand, CommandGroup } from './command.js';
import { completionCommand } from './completion/completion.command.js';
import { configCommand } from './config/config.command.js';
import { doctorCommand } from './doctor/doctor.command.js';
import { intakeCommand } from './intake/intake.command.js';
import { logCommand } from './log/log.command.js';
import { migrateCommand } from './migrate/migrate.command.js';
import { newCommand } from './new/new.command.js';
import { packageVersion } from './package-version.js';
import { operationsCommand } from './operations/operations.command.js';
import { parkedCommand } from './parked/parked.command.js';
import { privacyCommand } from './privacy/privacy.command.js';
import { processesCommand } from './processes/processes.command.js';
import { projectionsCommand } from './projections/projections.command.js';
import { relayCommand } from './relay/relay.command.js';
import { rehearseCommand } from './rehearse/rehearse.command.js';
import { statusCommand } from './status/status.command.js';
import { timersCommand } from './timers/timers.command.js';
import { streamCommand } from './stream/stream.command.js';

/** All commands. They are made anew for each run, since commander keeps the user's options in them. */
export function createProgram(): CliCommand {
  const commands = [
    statusCommand(),
    logCommand(),
    streamCommand(),
    projectionsCommand(),
    parkedCommand(),
    processesCommand(),
    timersCommand(),
    operationsCommand(),
    privacyCommand(),
    relayCommand(),
    intakeCommand(),
    doctorCommand(),
    rehearseCommand(),
    migrateCommand(),
    configCommand(),
    newCommand(),
    completionCommand(),
  ];
  const program = new CommandGroup('eventfold', DESCRIPTION, commands)
    .version(packageVersion(), '-V, --version', 'print the version of Eventfold')
    .option('--app <file>', 'work on an application: the built file of its root module')
    .option('--no-app', 'work on the service, though EVENTFOLD_APP or package.json names an application')
    .option(
      '--store <name>',
      'the event store, if the application has several (default: the store without a name)',
    )
    .manual(MANUAL);
  return refusingAppAndNone(program);
}

/** For commander, `--app` and `--no-app` set one value, and the last one wins. */
function refusingAppAndNone(program: CliCommand): CliCommand {
  const given = new Set<string>();
  for (const name of ['app', 'no-app']) {
    program.on(`option:${name}`, () => {
      if (given.add(name).size > 1) program.error('--app and --no-app exclude each other');
    });
  }
  return program;
}

const DESCRIPTION =
  'Looks into an event log of Eventfold, operates its projections, and starts aggregates of yours. It appends nothing but ' +
  'the erasure of a person.';

const MANUAL = `\
Examples:
  eventfold status                         what is wrong, and what is to be done?
  eventfold log tail                       the last 10 events
  eventfold log tail --follow              ... and those to come
  eventfold log verify                     is the log sound?
  eventfold stream show content-metropolis-1927
  eventfold projections status --watch     how far are the read models?
  eventfold projections rebuild user-profile
  eventfold parked list user-profile       what could not be folded?
  eventfold processes list --state stuck   which processes need somebody?
  eventfold timers list                    which events are due, and when?
  eventfold operations list                who did what to projections, parked keys, timers and processes?
  eventfold privacy erase <id>             forget a person, provably
  eventfold relay status                   does the stream of JetStream have the log?
  eventfold intake rejected list           which messages of other services could not be taken?
  eventfold doctor                         is the database fit for Eventfold, and what is to be mended?
  eventfold migrate --check                is the schema up to date?
  eventfold rehearse                       can this build read all that is stored?
  source <(eventfold completion bash)      commands and options by Tab
  eventfold config                         what would the service start with here?
  eventfold new aggregate order            the first files of an aggregate of yours
  eventfold --app ./dist/app.module.js log verify          the log of your application, by its own modules
  eventfold help log verify                more about a command, the same as eventfold log verify --help

The commands can open the modules of an application that imports the package. They then know its events, projections,
migrations, data source and schema. Opening the application folds nothing and changes no schema. Its log lines go
to standard error. The first of these names the application:
  --app <file>      ./dist/app.module.js, or ./dist/app.module.js#ShopModule for that export
  EVENTFOLD_APP     the same, in the environment
  package.json      "eventfold": { "app": "./dist/app.module.js" }, in the folder or above it

Without an application the commands connect as the service does, by the environment or .env in the working directory:
  DATABASE_URL      any PostgreSQL; without it, the embedded one in DATA_DIR
  DATABASE_SCHEMA   eventfold
  DATA_DIR          .data

Exit codes:
  0  fine
  1  a fault was found, or the command failed
  2  wrong usage: arguments or environment
  130, 143  ended by Ctrl-C, by SIGTERM`;
