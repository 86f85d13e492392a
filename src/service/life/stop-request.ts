/** The reason for a stop of the service, with the exit code. It is an error, since it also ends a start. */
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

/** The error codes of a write to a pipe that no program reads any more, and to a terminal that is closed. */
const NO_READER = new Set(['EPIPE', 'EIO', 'ENXIO']);

/**
 * Hears everything that asks the service to stop: the signals; the end of the program that reads its output, which
 * shows at the next line; and an error that no code has caught. That error, too, stops the service in order, with exit
 * code 1, so that the database does not stay behind. From then on, lines that cannot be written are dropped.
 *
 * `process.emit('SIGHUP', reason)` asks with a reason of its own (see parent-watch.mjs).
 *
 * On Windows, SIGINT is Ctrl-C, and SIGHUP is the close of the console window, after which Windows ends the process
 * within some seconds. A process that another process ends there hears nothing, as with SIGKILL: the next start joins
 * the server that it leaves. This is Node's documentation, not tried; nor was macOS, whose signals are those of Linux.
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
