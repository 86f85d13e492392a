import { CliCommand, CommandGroup } from './command.js';
import { completionCommand } from './completion/completion.command.js';
import { configCommand } from './config/config.command.js';
import { doctorCommand } from './doctor/doctor.command.js';
import { logCommand } from './log/log.command.js';
import { migrateCommand } from './migrate/migrate.command.js';
import { newCommand } from './new/new.command.js';
import { packageVersion } from './package-version.js';
import { parkedCommand } from './parked/parked.command.js';
import { projectionsCommand } from './projections/projections.command.js';
import { rehearseCommand } from './rehearse/rehearse.command.js';
import { streamCommand } from './stream/stream.command.js';

/** All commands. They are made anew for each run, since commander keeps in them what a user has given. */
export function createProgram(): CliCommand {
  const commands = [
    logCommand(),
    streamCommand(),
    projectionsCommand(),
    parkedCommand(),
    doctorCommand(),
    rehearseCommand(),
    migrateCommand(),
    configCommand(),
    newCommand(),
    completionCommand(),
  ];
  return new CommandGroup('eventfold', DESCRIPTION, commands)
    .version(packageVersion(), '-V, --version', 'print the version of Eventfold')
    .manual(MANUAL);
}

const DESCRIPTION =
  'Looks into an event log of Eventfold, operates its projections, and starts aggregates of your own. It never appends.';

const MANUAL = `\
Examples:
  eventfold log tail                       the last 10 events
  eventfold log tail --follow              ... and those to come
  eventfold log verify                     is the log sound?
  eventfold stream show content-metropolis-1927
  eventfold projections status --watch     how far are the read models?
  eventfold projections rebuild user-profile
  eventfold parked list user-profile       what could not be folded?
  eventfold doctor                         is the database fit for it, and what is to be mended?
  eventfold migrate --check                is the schema up to date?
  eventfold rehearse                       can this build read all that is stored?
  source <(eventfold completion bash)      commands and options by Tab
  eventfold config                         what would the service start with here?
  eventfold new aggregate order            files to start an aggregate of yours with
  eventfold help log verify                more about a command, as eventfold log verify --help

Connection, as for the service (from the environment, or .env in the working directory):
  DATABASE_URL      any PostgreSQL; without it, the embedded one in DATA_DIR
  DATABASE_SCHEMA   eventfold
  DATA_DIR          .data

Exit codes:
  0  fine
  1  a fault was found, or the command failed
  2  wrong usage: arguments or environment
  130, 143  ended by Ctrl-C, by SIGTERM`;
