/** Why the service stops, and the exit code of that. An error, since it also ends a start. */
export class StopRequest extends Error {
  constructor(
    reason: string,
    readonly exitCode = 0,
  ) {
    super(reason);
  }
}

/** Ctrl-C, a supervisor, the end of the terminal, and Ctrl-Break on Windows. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const;

/** What a write to a pipe says that no program reads any more, and one to a terminal that is closed. */
const NO_READER = new Set(['EPIPE', 'EIO', 'ENXIO']);

/**
 * Hears everything that asks the service to stop: the signals; the end of the program that reads its output, which
 * shows at the next line; and an error that no code has caught, which stops it in order, too, with exit code 1, so that
 * the database does not stay behind. Lines that cannot be written are dropped from then on.
 *
 * `process.emit('SIGHUP', reason)` asks with a reason of its own (see parent-watch.mjs).
 *
 * On Windows SIGINT is Ctrl-C, SIGHUP the console window being closed, after which Windows ends the process within some
 * seconds. A process that another one ends there hears nothing, as with SIGKILL: the server that it leaves is joined
 * by the next start. This is Node's documentation, not tried; nor was macOS, whose signals are those of Linux.
 */
export function onStopRequest(ask: (request: StopRequest) => void): void {
  for (const signal of SIGNALS) process.on(signal, (reason: string) => ask(new StopRequest(reason)));
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
      if (NO_READER.has(code)) ask(new StopRequest('Nothing reads the output any more'));
    });
  }
  process.on('uncaughtException', (error) => {
    console.error(error);
    ask(new StopRequest('An error was not caught', 1));
  });
}
