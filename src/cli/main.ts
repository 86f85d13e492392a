import { runCommand } from './cli.js';
import { ownSurroundings } from './terminal/own-surroundings.js';

/** How long what an application has left open may keep the process, in ms, once the command is done. */
const ENDS_WITHIN_MS = 1_000;

// Not awaited here: a module that is loaded for a command may share a file with this one, and would wait for its end.
void runCommand(process.argv.slice(2), ownSurroundings().surroundings).then((exitCode) => {
  process.exitCode = exitCode;
  setTimeout(() => process.exit(), ENDS_WITHIN_MS).unref();
});
