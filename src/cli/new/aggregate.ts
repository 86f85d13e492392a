import { join } from 'node:path';
import type { Terminal } from '../terminal/terminal.js';
import { checkedName, type NewOptions, renamedFiles, writeSources } from './new-sources.js';
import { pascalCase } from './starter/name-forms.js';
import { readTemplates } from './starter/template.js';

export async function newAggregate(terminal: Terminal, options: NewOptions, text: string): Promise<void> {
  const name = checkedName(text);
  const directory = options.directory ?? join('src', name);
  const files = renamedFiles(await readTemplates('aggregate'), { 'sample-order': name });
  await writeSources(terminal, { directory, files, next: nextSteps(name, directory) }, options);
}

const nextSteps = (name: string, directory: string) => [
  `Import ${pascalCase(name)}Module (${join(directory, `${name}.module.ts`)}) in your root module, beside EventSourcingModule.forRoot().`,
  `Try it: commandBus.execute(new Create${pascalCase(name)}(randomUUID(), 'The first')).`,
  `Make the events, the state and the rules your own, the test first.`,
  `A read model of it: eventfold new read-model ${name}-summary --of ${name}`,
];
