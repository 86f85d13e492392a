import { join } from 'node:path';
import { WrongUsage } from '../command-failure.js';
import type { Terminal } from '../terminal/terminal.js';
import { checkedName, type NewOptions, renamedFiles, writeSources } from './new-sources.js';
import { aggregateDirectory, aggregateName, importPath } from './starter/aggregate-source.js';
import { pascalCase } from './starter/name-forms.js';
import { readTemplates, type SourceFile } from './starter/template.js';

interface ReadModelOptions extends NewOptions {
  of?: string;
  schema?: string;
}

/** The values in the templates: where the files of the aggregate are, and when the migration was written. */
const SAMPLE_IMPORT = `'../sample-order/`;
const SAMPLE_TIME = '1700000000000';

export async function newReadModel(
  terminal: Terminal,
  { of, schema = 'eventfold', ...options }: ReadModelOptions,
  text: string,
): Promise<void> {
  const name = checkedName(text);
  const directory = options.directory ?? join('src', name);
  const aggregate = aggregateOf(name, of);
  const events = await aggregateDirectory(aggregate, directory, terminal.directory);
  const time = String(Date.now());
  const files = renamedFiles(await templates(importPath(directory, events), time), {
    'sample-order': aggregateName(aggregate),
    'sample-summary': name,
    'sample-schema': schema,
  });
  await writeSources(terminal, { directory, files, next: nextSteps(name, directory, time) }, options);
}

function aggregateOf(name: string, of = name.split('-').slice(0, -1).join('-')): string {
  if (of === '') throw new WrongUsage('name the aggregate that it is about with --of');
  if (checkedName(aggregateName(of)) !== name) return of;
  throw new WrongUsage(`"${name}" is the aggregate: a read model has a name of its own`);
}

async function templates(path: string, time: string): Promise<SourceFile[]> {
  const files = await readTemplates('read-model');
  return files.map((file) => ({
    ...file,
    text: file.text.replaceAll(SAMPLE_IMPORT, `'${path}/`).replaceAll(SAMPLE_TIME, time),
  }));
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
