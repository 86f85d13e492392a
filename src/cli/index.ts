import { runCommand } from './cli.js';
import type { RootModule } from './host/root-module.js';
import { ownSurroundings } from './terminal/own-surroundings.js';

export type { RootModule };

/**
 * The command line `eventfold` on the event store of an application, in a file of the application:
 *
 *     await runCli(AppModule);
 *
 * It opens the module as an application context that folds nothing, leaves schemas as they are (`migrationsRun`,
 * `synchronize` and `dropSchema` count as false), does what the arguments say, and closes it. Until then, other output
 * of the process goes to standard error, so standard output has only results.
 *
 * @param rootModule a class with `@Module`, or a dynamic module
 * @param args what the user typed after the name of the file. Default: the arguments of the process
 * @returns the exit code, which is that of the process, too: 0 fine, 1 a fault or a failure, 2 wrong usage. It does not
 * throw: failures are reported on standard error.
 */
export async function runCli(
  rootModule: RootModule,
  args: readonly string[] = process.argv.slice(2),
): Promise<number> {
  const { surroundings, giveBack } = ownSurroundings();
  try {
    return (process.exitCode = await runCommand(args, { ...surroundings, rootModule }));
  } finally {
    giveBack();
  }
}
