/**
 * The failure of a command. The message is for people, the exit code for scripts: 1 says that the command failed, 2
 * that it did nothing because the environment is wrong.
 */
export class CommandFailure extends Error {
  constructor(
    message: string,
    readonly exitCode: 1 | 2 = 1,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * A mistake in the arguments, with exit code 2. The message gets the name of the command and of the page of its help.
 */
export class WrongUsage extends Error {}
