import { CliCommand } from '../command.js';

export const skipCommand = (): CliCommand =>
  new CliCommand('skip', 'Leave out the event that a parked key stands at, and fold what waits behind it')
    .argument('<projection>', 'its name')
    .argument('<key>', 'that is parked')
    .json('one JSON object: key, folded, and parked if it still is')
    .runs(async () => (await import('./skip.js')).skipParked).manual(`\
One event is left out, for good: its effect will be missing from the rows, and the table skipped_events keeps it on
record. Exit code 1 if the key then stands at a later event.

Examples:
  eventfold parked list user-profile --json | jq '.items[0].event'      what would be left out?
  eventfold parked skip user-profile 3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10`);
