/** A run that cannot go on. The message is for people and says what to do. */
export class SimulationFailure extends Error {
  readonly exitCode: number = 1;
}

export class WrongUsage extends SimulationFailure {
  override readonly exitCode = 2;
}

/** Ctrl-C or SIGTERM. The exit code is the shell's convention for the signal. */
export class Interrupted extends SimulationFailure {
  override readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`Interrupted by ${signal}.`);
    this.exitCode = signal === 'SIGINT' ? 130 : 143;
  }
}
