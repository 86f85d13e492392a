import { runCommand } from './cli.js';
import { ownSurroundings } from './terminal/own-surroundings.js';

/** How long open handles of an application may keep the process after the command, in ms. */
const ENDS_WITHIN_MS = 1_000;

// Not awaited here: a module that a command loads may share a file with this one. It would wait for the end of this
// file.
void runCommand(process.argv.slice(2), ownSurroundings().surroundings).then((exitCode) => {
  process.exitCode = exitCode;
  setTimeout(() => process.exit(), ENDS_WITHIN_MS).unref();
});
