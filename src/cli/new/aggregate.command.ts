import { join } from 'node:path';
import { Help, SubCommand } from 'nest-commander';
import { type NewOptions, NewSourcesCommand } from './new-sources.js';
import { pascalCase } from './starter/name-forms.js';
import { readTemplates } from './starter/template.js';

@SubCommand({
  name: 'aggregate',
  arguments: '<name>',
  argsDescription: { name: 'lower-case words joined by hyphens, such as order or order-line' },
  description: 'Write an aggregate, with events, two commands, a module and its test',
})
export class NewAggregateCommand extends NewSourcesCommand {
  async run([text]: [string], options: NewOptions): Promise<void> {
    const name = this.checkedName(text);
    const directory = options.directory ?? join('src', name);
    const files = this.renamedFiles(await readTemplates('aggregate'), { 'sample-order': name });
    await this.deliver(directory, files, options, nextSteps(name, directory));
  }

  @Help('after')
  help(): string {
    return `
Writes <name>.ts, its events, errors, a module, a command that creates and one that closes, and a test of the rule.
Imports end with .js where package.json says "type": "module"; the test is for the runner of the project (Vitest, Jest,
else Node's own); the project's Prettier formats them. Without --force nothing is overwritten: exit code 1, and
nothing is written.

Examples:
  eventfold new aggregate order
  eventfold new aggregate order-line --directory src/sales/order-line --dry-run
  eventfold new aggregate order --json | jq -r '.files[].path'`;
  }
}

const nextSteps = (name: string, directory: string) => [
  `Import ${pascalCase(name)}Module (${join(directory, `${name}.module.ts`)}) in your root module, beside EventSourcingModule.forRoot().`,
  `Try it: commandBus.execute(new Create${pascalCase(name)}(randomUUID(), 'The first')).`,
  `Make the events, the state and the rules your own, the test first.`,
  `A read model of it: eventfold new read-model ${name}-summary --of ${name}`,
];
