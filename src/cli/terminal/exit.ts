/** Longest time that a command may take to end after it was told to, in ms. */
const END_WITHIN_MS = 9_500;

/** Why a command ends before it is done, and the exit code of that. */
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
 * Tells the command of this process to end: Ctrl-C and SIGTERM, with the shell's exit codes for them, and a reader of
 * its output that has read enough (`| head`), which is no failure. A terminal and npm may both send their signal: the
 * second of two is swallowed.
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
