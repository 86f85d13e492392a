import { CliCommand } from '../command.js';

export const rewrapCommand = (): CliCommand =>
  new CliCommand('rewrap', 'Wrap all keys of persons with the newest master key')
    .json('one JSON object: rewrapped, total, master, forgotten')
    .runs(async () => (await import('./rewrap.js')).rewrap).manual(`\
The newest master key is the first one of PRIVACY_MASTER_KEY (in an application: of privacy.masterKeys). Give it a number
that was never used, keep the older ones behind it, and restart all processes before: one that still has an older key
first goes on to wrap with that. Afterwards an older key can be taken away. A master key that the database has kept is
deleted. An ended command goes on where it was.

Examples:
  PRIVACY_MASTER_KEY=2:$(openssl rand -base64 32),1:... eventfold privacy rewrap
  eventfold privacy rewrap --json`);
