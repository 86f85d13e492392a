import { join } from 'node:path';
import { Help, Option, SubCommand } from 'nest-commander';
import { type NewOptions, NewSourcesCommand } from './new-sources.js';
import { aggregateDirectory, aggregateName, importPath } from './starter/aggregate-source.js';
import { pascalCase } from './starter/name-forms.js';
import { readTemplates } from './starter/template.js';

interface ReadModelOptions extends NewOptions {
  of?: string;
  schema?: string;
}

/** What the templates have where the files of the aggregate are, and when the migration was written. */
const SAMPLE_IMPORT = `'../sample-order/`;
const SAMPLE_TIME = '1700000000000';

@SubCommand({
  name: 'read-model',
  arguments: '<name>',
  argsDescription: { name: 'lower-case words joined by hyphens, such as order-summary' },
  description: 'Write a read model of an aggregate: its table, projection, query, a module and a test',
})
export class NewReadModelCommand extends NewSourcesCommand {
  async run([text]: [string], { of, schema = 'eventfold', ...options }: ReadModelOptions): Promise<void> {
    const name = this.checkedName(text);
    const directory = options.directory ?? join('src', name);
    const aggregate = this.aggregateOf(name, of);
    const events = await aggregateDirectory(aggregate, directory);
    const time = String(Date.now());
    const templates = (await readTemplates('read-model')).map((file) => ({
      ...file,
      text: file.text
        .replaceAll(SAMPLE_IMPORT, `'${importPath(directory, events)}/`)
        .replaceAll(SAMPLE_TIME, time),
    }));
    const files = this.renamedFiles(templates, {
      'sample-order': aggregateName(aggregate),
      'sample-summary': name,
      'sample-schema': schema,
    });
    await this.deliver(directory, files, options, nextSteps(name, directory, time));
  }

  private aggregateOf(name: string, of = name.split('-').slice(0, -1).join('-')): string {
    if (of === '') this.command.error('name the aggregate that it is about with --of');
    if (this.checkedName(aggregateName(of)) !== name) return of;
    return this.command.error(`"${name}" is the aggregate: a read model has a name of its own`);
  }

  @Option({
    flags: '--of <AGGREGATE>',
    description: 'its name, or the path of its events (default: the name without its last word)',
  })
  parseOf(text: string): string {
    return text;
  }

  @Option({ flags: '--schema <S>', description: 'of the event store (default: eventfold)' })
  parseSchema(text: string): string {
    if (/^[a-z_][a-z0-9_]{0,47}$/.test(text)) return text;
    return this.command.error(`--schema is "${text}": it must be a lower-case identifier`);
  }

  @Help('after')
  help(): string {
    return `
Writes an entity, the migration that makes its table, a projection of all events of the aggregate, a query that can wait
for the position of a command, a module, and a test. The aggregate must be there: its events are what is folded. It is
looked for in the directory of the read model, in the one beside it, and in src.

Examples:
  eventfold new read-model order-summary
  eventfold new read-model open-orders --of order
  eventfold new read-model turnover --of src/sales/order.events.ts --directory src/reports`;
  }
}

function nextSteps(name: string, directory: string, time: string): string[] {
  const className = pascalCase(name);
  return [
    `Import ${className}Module (${join(directory, `${name}.module.ts`)}) in your root module, beside EventSourcingModule.forRoot().`,
    `Add ${className}${time} (${join(directory, `${name}.migration.ts`)}) to the migrations of your data source, after migrationsFor(), and run them.`,
    `Try it: queryBus.execute(new Get${className}(id, position)), with what a command answered as position.`,
    `Make the row, its table and the fold your own, the test first.`,
  ];
}
