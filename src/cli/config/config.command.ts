import { CliCommand } from '../command.js';

export const configCommand = (): CliCommand =>
  new CliCommand('config', 'The settings that the service would start with here, and their source')
    .json('one JSON object: the value (null: not set) and source of each')
    .runs(async () => (await import('./config.js')).showConfig).manual(`\
Values come from the environment, else from .env in the working directory, else they are defaults. Secrets are masked.
Where the commands work on an application (--app), it names that, and what says so: the settings of the service do not count
then. Needs no database. A combination with which the service would not start: its reason, and exit code 2.

Examples:
  eventfold config
  eventfold config --json
  HOST=0.0.0.0 eventfold config            would it start?`);
