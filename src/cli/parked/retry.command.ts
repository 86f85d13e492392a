import { CliCommand } from '../command.js';

export const retryCommand = (): CliCommand =>
  new CliCommand('retry', 'Fold what waits of a parked key, in order. Exit code 1 if it stays parked')
    .argument('<projection>', 'its name')
    .argument('[key]', 'that is parked; or --all')
    .option('--all', 'every parked key of the projection, one after the other')
    .json('a line of JSON for each key: key, folded, and parked if it still is')
    .runs(async () => (await import('./retry.js')).retryParked).manual(`\
It folds in this process, by the code that this command is part of, or by that of --app: mend the cause first, then retry by the mended code.

Examples:
  eventfold parked retry user-profile 3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10
  eventfold parked retry user-profile --all
  eventfold parked retry user-profile --all --json | jq 'select(.parked)'
  eventfold parked retry user-profile -- -a-key-with-a-dash`);
