import { CommandRunner } from 'nest-commander';
import { printable } from './terminal/printable.js';

export type CliCommand = CommandRunner['command'];

/** A command whose mistakes in usage take one line, name the page that helps, and end with exit code 2. */
export abstract class EventfoldCommand extends CommandRunner {
  override setCommand(command: CliCommand): this {
    command.exitOverride(); // to main.ts, which knows the exit codes
    command.allowExcessArguments(this instanceof CommandGroup);
    command.configureOutput({
      outputError: (text, write) => {
        const sentence = printable(
          text
            .replace(/^error: /, '')
            .trim()
            .replaceAll('\n', ' '),
        );
        write(`${pathOf(command)}: ${sentence}. See "${pathOf(command)} --help".\n`);
      },
    });
    return super.setCommand(command);
  }

  protected wholeNumber(option: string, text: string, min: number, max?: number): number {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= (max ?? number)) return number;
    const rule = `a whole number from ${min} ${max === undefined ? 'on' : `to ${max}`}`;
    return this.command.error(`${option} is "${text}": it must be ${rule}`);
  }
}

/** A command that only has others below it. */
export abstract class CommandGroup extends EventfoldCommand {
  async run([name]: string[]): Promise<void> {
    if (name === undefined || name === 'help') this.command.help({ error: name === undefined });
    this.command.error(`there is no command "${name}"`);
  }
}

function pathOf(command: CliCommand): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
