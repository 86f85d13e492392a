import { Writable } from 'node:stream';
import { runCommand } from '../../src/cli/cli.js';
import { EarlyExit } from '../../src/cli/terminal/exit.js';
import type { CliOutcome } from './processes/cli-process.js';

/** The surroundings of a command that needs no process of its own. */
export interface CliSurroundings {
  environment?: NodeJS.ProcessEnv;
  /** The working directory. Default: that of the tests. */
  directory?: string;
  /** With it, both streams are those of a terminal of this width. Without it they are pipes. */
  columns?: number;
}

/** Runs a command in this process, and returns its exit code and output. A process of its own takes a second longer. */
export const eventfold = (environment: NodeJS.ProcessEnv, ...args: string[]): Promise<CliOutcome> =>
  startEventfold({ environment }, ...args).outcome;

/** A running command, for a test that acts before the command ends. */
export function startEventfold(
  { environment = {}, directory = process.cwd(), columns }: CliSurroundings,
  ...args: string[]
): { outcome: Promise<CliOutcome>; said: () => string; interrupt: () => void } {
  const [stdout, stderr] = [new CapturedStream(columns), new CapturedStream(columns)];
  const controller = new AbortController();
  const { signal } = controller;
  const outcome = runCommand(args, { stdout, stderr, environment, directory, signal }).then((code) => ({
    code,
    out: stdout.text,
    err: stderr.text,
  }));
  // Ends it like Ctrl-C.
  return { outcome, said: () => stderr.text, interrupt: () => controller.abort(new EarlyExit(130)) };
}

class CapturedStream extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns: number | undefined;

  constructor(columns: number | undefined) {
    super({ decodeStrings: false });
    this.columns = columns;
    this.isTTY = columns !== undefined;
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk;
    done();
  }
}
