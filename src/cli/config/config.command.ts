import { CliCommand } from '../command.js';

export const configCommand = (): CliCommand =>
  new CliCommand('config', 'Print the settings that the service would start with here, and their source')
    .json('one JSON object: the value (null: not set) and source of each')
    .runs(async () => (await import('./config.js')).showConfig).manual(`\
A value comes from the environment, else from .env in the working directory, else it is the default. Secrets are masked.
The command needs no database. It ends with exit code 2 and the reason when the service would not start with the values.

The commands may work on an application (--app). This command then prints the application and where it was named, since
the settings of the service do not count.

Examples:
  eventfold config
  eventfold config --json
  HOST=0.0.0.0 eventfold config            would it start?`);
