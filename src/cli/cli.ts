import { CommanderError } from 'commander';
import { CommandFailure } from './command-failure.js';
import { commandOfApp } from './host/command-of-app.js';
import { createProgram } from './program.js';
import { EarlyExit, isEarlyExit } from './terminal/exit.js';
import { printable } from './terminal/printable.js';
import { type CommonOptions, type Surroundings, Terminal } from './terminal/terminal.js';

/**
 * Runs one command to its end. It changes nothing of the process that it runs in.
 *
 * @param args what the user typed after `eventfold`
 * @returns the exit code
 */
export async function runCommand(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const terminal = new Terminal(surroundings);
  try {
    const program = createProgram().printOn(terminal);
    program.hook('preAction', async (root) => {
      terminal.options = root.opts<CommonOptions>();
      const run = await commandOfApp(terminal);
      if (run !== undefined && run !== runCommand) throw new EarlyExit(await run(args, surroundings));
    });
    await program.parseAsync(args, { from: 'user' });
    return terminal.exitCode;
  } catch (error) {
    return explain(terminal.signal.aborted ? terminal.signal.reason : error, terminal);
  }
}

/** Prints one line for an expected failure, a stack for any other. Returns the exit code. */
async function explain(error: unknown, terminal: Terminal): Promise<number> {
  if (isEarlyExit(error)) return error.exitCode;
  // Help ends with 0. In the other cases, commander has printed the reason already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CommandFailure) {
    terminal.note(`eventfold: ${printable(error.message)}`);
    return error.exitCode;
  }
  const { describeFailure } = await import('./service-failure.js');
  terminal.note(describeFailure(error));
  return 1;
}
