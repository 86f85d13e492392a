import type { CliCommand } from '../command.js';
import { sourcesCommand } from './sources-command.js';

export const aggregateCommand = (): CliCommand =>
  sourcesCommand('aggregate', 'Write an aggregate, with events, two commands, a module and its test')
    .argument('<name>', 'lower-case words joined by hyphens, such as order or order-line')
    .runs(async () => (await import('./aggregate.js')).newAggregate).manual(`\
Writes <name>.ts, its events, errors, a module, a command that creates and one that closes, and a test of the rule.
Imports end with .js where package.json says "type": "module". The test is for the runner of the project (Vitest, Jest,
else Node's own). The project's Prettier formats the files. Without --force no file is overwritten: if one exists, nothing
is written, and the exit code is 1.

Examples:
  eventfold new aggregate order
  eventfold new aggregate order-line --directory src/sales/order-line --dry-run
  eventfold new aggregate order --json | jq -r '.files[].path'`);
