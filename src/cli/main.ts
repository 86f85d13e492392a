import { runCli } from './cli.js';
import { exitSignal } from './terminal/exit.js';

// Not awaited here: a module that is loaded for a command may share a file with this one, and would wait for its end.
void runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  directory: process.cwd(),
  signal: exitSignal(),
}).then((exitCode) => {
  process.exitCode = exitCode;
});
