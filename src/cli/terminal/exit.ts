import { Injectable } from '@nestjs/common';

/** Longest time that a command may take to end after it was told to, in ms. */
const END_WITHIN_MS = 9_500;

/** Why a command ends before it is done, and the exit code of that. */
export class EndedEarly extends Error {
  constructor(readonly exitCode: number) {
    super('The command was told to end.');
  }
}

/**
 * Tells a command to end: Ctrl-C and SIGTERM, with the shell's exit codes for them, and a reader of its output that
 * has read enough (`| head`), which is no failure. A terminal and npm may both send their signal: the second of two is
 * swallowed.
 */
@Injectable()
export class Ending {
  private readonly controller = new AbortController();
  readonly signal: AbortSignal = this.controller.signal;

  constructor() {
    process.on('SIGINT', () => this.begin(130));
    process.on('SIGTERM', () => this.begin(143));
    process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => this.begin(code === 'EPIPE' ? 0 : 1));
    process.stderr.on('error', () => undefined);
  }

  private begin(exitCode: number): void {
    this.controller.abort(new EndedEarly(exitCode));
    setTimeout(() => process.exit(exitCode), END_WITHIN_MS).unref();
  }
}
