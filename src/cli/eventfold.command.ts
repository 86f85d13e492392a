import { Help, RootCommand } from 'nest-commander';
import { CommandGroup } from './eventfold-command.js';

@RootCommand({
  name: 'eventfold',
  description:
    'Looks into an event log of Eventfold, operates its projections, and starts aggregates of your own. It never appends.',
})
export class EventfoldRootCommand extends CommandGroup {
  @Help('after')
  help(): string {
    return `
Examples:
  eventfold log tail                       the last 10 events
  eventfold log tail --follow              ... and those to come
  eventfold log verify                     is the log sound?
  eventfold stream show content-metropolis-1927
  eventfold projections status --watch     how far are the read models?
  eventfold projections rebuild user-profile
  eventfold parked list user-profile       what could not be folded?
  eventfold migrate --check                is the schema up to date?
  eventfold rehearse                       can this build read all that is stored?
  source <(eventfold completion bash)      commands and options by Tab
  eventfold config                         what would the service start with here?
  eventfold new aggregate order            files to start an aggregate of yours with
  eventfold log verify --help              more about a command

Connection, as for the service (from the environment, or .env in the working directory):
  DATABASE_URL      any PostgreSQL; without it, the embedded one in DATA_DIR
  DATABASE_SCHEMA   eventfold
  DATA_DIR          .data

Exit codes:
  0  fine
  1  a fault was found, or the command failed
  2  wrong usage: arguments or environment
  130, 143  ended by Ctrl-C, by SIGTERM`;
  }
}
