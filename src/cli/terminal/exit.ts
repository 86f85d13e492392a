/** The longest time from the order to end until the end of a command, in ms. */
const END_WITHIN_MS = 9_500;

/** The reason why a command ends early, with the exit code. */
export class EarlyExit extends Error {
  override readonly name = 'EarlyExit';

  constructor(readonly exitCode: number) {
    super('The command was told to end.');
  }
}

/** By its name: the other form of the package may have made it, whose command line has handed its signal over. */
export const isEarlyExit = (error: unknown): error is EarlyExit =>
  error instanceof Error && error.name === 'EarlyExit';

/**
 * Tells the command of this process to end: by Ctrl-C and SIGTERM, with the shell's exit codes for them, or by a reader
 * of its output that needs no more lines (`| head`), which is no failure. A terminal and npm may both send their
 * signal: the second of two is ignored.
 */
export function exitSignal(): AbortSignal {
  const controller = new AbortController();
  const begin = (exitCode: number) => {
    controller.abort(new EarlyExit(exitCode));
    setTimeout(() => process.exit(exitCode), END_WITHIN_MS).unref();
  };
  process.on('SIGINT', () => begin(130));
  process.on('SIGTERM', () => begin(143));
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => begin(code === 'EPIPE' ? 0 : 1));
  process.stderr.on('error', () => undefined);
  return controller.signal;
}
