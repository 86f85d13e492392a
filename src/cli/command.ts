import { Command, Option } from 'commander';
import { WrongUsage } from './command-failure.js';
import type { OptionValue } from './option-value.js';
import { printable } from './terminal/printable.js';
import type { Terminal } from './terminal/terminal.js';

/** The work of a command, given its options and arguments. */
export type Run<Options extends object> = (
  terminal: Terminal,
  options: Options,
  ...args: string[]
) => Promise<void>;

/** Says in words what is wrong with options and arguments; undefined when nothing is. */
type Rule<Options extends object = object> = (options: Options, ...args: string[]) => string | undefined;

/**
 * The face of a command: name, options, help. `runs` loads the module that does the work, so help, wrong usage and
 * completion do not wait for Nest or TypeORM. A mistake in usage takes one line, which names the page of the help.
 *
 * A new command is `<verb>.command.ts` and `<verb>.ts` in the folder of its noun, and a line in the list of that noun.
 */
export class CliCommand extends Command {
  private terminal: Terminal;
  private readonly rules: Rule[] = [];

  constructor(name: string, description: string) {
    super(name);
    this.description(description);
  }

  /** A rule of options and arguments together. It is checked before the module that does the work is loaded. */
  requires<Options extends object>(rule: Rule<Options>): this {
    this.rules.push(rule as Rule);
    return this;
  }

  /** @param load imports the module that does the work */
  runs<Options extends object>(load: () => Run<Options> | Promise<Run<Options>>): this {
    return this.action(async () => {
      const { json = false, ...options } = this.opts<Options & { json?: boolean }>();
      for (const rule of this.rules) {
        const broken = rule(options, ...(this.processedArgs as string[]));
        if (broken !== undefined) this.error(broken);
      }
      const run = await load();
      this.terminal.isForProgram = json;
      try {
        await run(this.terminal, options as unknown as Options, ...(this.processedArgs as string[]));
      } catch (error) {
        if (error instanceof WrongUsage) this.error(error.message);
        throw error;
      }
    });
  }

  /** An option whose value is checked. */
  value<T>(flags: string, description: string, { rule, parse }: OptionValue<T>): this {
    const option = new Option(flags, description);
    const check = (text: string) =>
      parse(text) ?? this.error(`${option.long} is "${text}": it must be ${rule}`);
    return this.addOption(option.argParser(check));
  }

  /** An option that may be given several times. */
  values(flags: string, description: string): this {
    return this.option(flags, description, (text: string, others?: string[]) => [...(others ?? []), text]);
  }

  /** Adds `--json`, by which a program can read the result. @param description the content of the JSON */
  json(description: string): this {
    return this.option('--json', description);
  }

  /** The text of its help below the options: explanations and examples. */
  manual(text: string): this {
    return this.addHelpText('after', `\n${text}`);
  }

  /**
   * Prints the command, and the commands below it, on a terminal. `parseAsync` then throws, and does not end the
   * process.
   */
  printOn(terminal: Terminal): this {
    this.terminal = terminal;
    const columns = Number.isFinite(terminal.width) ? terminal.width : undefined;
    this.exitOverride().configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      getOutHelpWidth: () => columns!, // undefined stands for commander's own 80
      getErrHelpWidth: () => columns!,
      outputError: (text, write) => write(`${this.path}: ${sentence(text)} See "${this.path} --help".\n`),
    });
    for (const child of this.commands as CliCommand[]) child.printOn(terminal);
    return this;
  }

  private get path(): string {
    const parent = this.parent as CliCommand | null;
    return parent === null ? this.name() : `${parent.path} ${this.name()}`;
  }
}

/** A command that only has others below it, among them `help`. */
export class CommandGroup extends CliCommand {
  constructor(name: string, description: string, commands: readonly CliCommand[]) {
    super(name, description);
    for (const command of commands) this.addCommand(command);
    this.addCommand(
      new CliCommand('help', 'Show the help of a command')
        .argument('[command...]')
        .action((names: string[]) => this.helpOf(names)),
    );
  }

  private async helpOf([name, ...names]: string[]): Promise<void> {
    if (name === undefined) this.help();
    const child = this.commands.find((command) => command.name() === name);
    if (child instanceof CommandGroup) return child.helpOf(names);
    if (child === undefined)
      await this.parseAsync([name], { from: 'user' }); // this prints that the command is unknown, and a similar one
    else if (names.length === 0) child.help();
    else child.error(`there is no command "${names[0]}"`);
  }
}

/** The message of commander in one line, safe on a terminal, with our words for an unknown command. */
function sentence(text: string): string {
  const told = text
    .trim()
    .replace(/^error: /, '')
    .replace(/^unknown command '([^]*?)'(?=\n|$)/, 'there is no command "$1"')
    .replace(/\n\((Did you mean .*\?)\)$/, '. $1')
    .replaceAll('\n', ' ');
  return printable(/[.?]$/.test(told) ? told : `${told}.`);
}
