/** A command that cannot do what it was asked to. The message is for people, the exit code for scripts. */
export class CommandFailure extends Error {
  readonly exitCode: number = 1;
}

/** The caller's mistake, in the arguments or in the environment: nothing was tried. */
export class WrongUsage extends CommandFailure {
  override readonly exitCode = 2;
}
