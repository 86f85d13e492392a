import { CliCommand } from '../command.js';

export const reapplyCommand = (): CliCommand =>
  new CliCommand('reapply', 'After a restore from a backup: erase again whom the ledger has')
    .json('one JSON object: reapplied, the ids of the erasures')
    .runs(async () => (await import('./reapply.js')).reapply).manual(`\
A backup brings the keys of persons back who were erased after it was made. The ledger of erasures (PRIVACY_LEDGER,
default erasures.jsonl in DATA_DIR; in an application the option privacy.ledger) tells who they are, and the service
refuses to start before this command has run. It destroys the keys at once. Projections fold the erasures as soon as the
service runs; "eventfold privacy verify" tells when all is done.

Examples:
  eventfold privacy reapply
  eventfold privacy reapply --json | jq '.reapplied | length'`);
