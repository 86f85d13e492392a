import type { CliCommand } from '../command.js';
import type { OptionValue } from '../option-value.js';
import { sourcesCommand } from './sources-command.js';

export const readModelCommand = (): CliCommand =>
  sourcesCommand('read-model', DESCRIPTION)
    .argument('<name>', 'lower-case words joined by hyphens, such as order-summary')
    .option(
      '--of <AGGREGATE>',
      'its name, or the path of its events (default: the name without its last word)',
    )
    .value('--schema <S>', 'of the event store (default: eventfold)', SCHEMA)
    .runs(async () => (await import('./read-model.js')).newReadModel)
    .manual(MANUAL);

const DESCRIPTION = 'Write a read model of an aggregate: its table, projection, query, a module and a test';

const SCHEMA: OptionValue<string> = {
  rule: 'a lower-case identifier, and no name of PostgreSQL (pg_...)',
  parse: (text) => (/^(?!pg_|information_schema$)[a-z_][a-z0-9_]{0,47}$/.test(text) ? text : undefined),
};

const MANUAL = `\
Writes an entity, the migration that makes its table, a projection of all events of the aggregate, a query that can wait
for the position of a command, a module, and a test. The aggregate must exist, because the read model folds its events.
It is looked for in the directory of the read model, in the one beside it, and in src.

Examples:
  eventfold new read-model order-summary
  eventfold new read-model open-orders --of order
  eventfold new read-model turnover --of src/sales/order.events.ts --directory src/reports`;
