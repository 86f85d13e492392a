import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import type { RootModule } from '../host/root-module.js';
import { printable } from './printable.js';

/** A stream for people or a program; `isTTY` and `columns` mean the same as in Node's own streams. */
export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number | undefined;
}

/** The parts of its process that a command uses. */
export interface Surroundings {
  stdout: OutputStream;
  stderr: OutputStream;
  environment: NodeJS.ProcessEnv;
  /** The working directory: the user's paths are relative to it. */
  directory: string;
  /** Ends the command early, with an `EarlyExit` as the reason. */
  signal: AbortSignal;
  /** The root module of an application that has the command line in a file of its own. */
  rootModule?: RootModule;
}

/** The options of all commands: they name the application. */
export interface CommonOptions {
  /** The file of a root module; false: the service, even when the environment names an application. */
  app?: string | false;
  /** The name of an event store of the application. */
  store?: string;
}

/** The output of a command. Results go to standard output, notes about them to standard error. */
export class Terminal {
  /** The exit code of a command that does not end early. */
  exitCode = 0;
  /** Whether a program reads the results: `--json`. */
  isForProgram = false;

  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly rootModule: RootModule | undefined;
  options: CommonOptions = {};

  constructor(surroundings: Surroundings) {
    this.stdout = surroundings.stdout;
    this.stderr = surroundings.stderr;
    this.environment = surroundings.environment;
    this.directory = surroundings.directory;
    this.signal = surroundings.signal;
    this.rootModule = surroundings.rootModule;
  }

  /** The longest line: the width of the terminal, or no limit for a program. */
  get width(): number {
    return (this.stdout.isTTY && this.stdout.columns) || Infinity;
  }

  /**
   * Waits while the reader is slower than this process, so a long log never piles up in memory.
   *
   * @throws EarlyExit
   */
  async line(text: string): Promise<void> {
    this.signal.throwIfAborted();
    if (!this.stdout.write(`${text}\n`)) await once(this.stdout, 'drain', { signal: this.signal });
  }

  async lines(texts: Iterable<string>): Promise<void> {
    for (const text of texts) await this.line(text);
  }

  /**
   * Prints a result: one line of JSON for a program, a text for people.
   *
   * @param forPeople returns a line or some lines, or prints by itself
   */
  async result<Value>(
    value: Value,
    forPeople: (value: Value) => string | readonly string[] | Promise<void>,
  ): Promise<void> {
    if (this.isForProgram) return this.line(printable(JSON.stringify(value)));
    const told = forPeople(value);
    if (told instanceof Promise) return told;
    await this.lines(typeof told === 'string' ? [told] : told);
  }

  note(text: string): void {
    this.stderr.write(`${text}\n`);
  }

  /** Colours are for a terminal: in a pipe, and with NO_COLOR, the text has none. FORCE_COLOR overrules both. */
  colour(style: Parameters<typeof styleText>[0], text: string): string {
    const isWanted = this.environment['FORCE_COLOR'] !== undefined || this.stdout.isTTY === true;
    if (!isWanted || WriteStream.prototype.getColorDepth(this.environment) === 1) return text;
    return styleText(style, text, { validateStream: false });
  }

  /** The fields in one line, safe and no wider than the terminal. */
  cut(fields: readonly string[]): string {
    const characters = Array.from(printable(fields.join('  ')));
    if (characters.length <= this.width) return characters.join('');
    return `${characters.slice(0, this.width - 1).join('')}…`;
  }
}
