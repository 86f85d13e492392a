// Handles signals before the script can hear them: while it is built and loaded. By then only the build needs an end,
// and it ends with this process.

import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'];

/**
 * Ends the process at a signal that no other code listens to, and, with exit code 0, when its output has no reader.
 *
 * @param exitCode default: the exit code of shells for a signal, which is 128 plus its number
 */
export function endOnSignals(exitCode) {
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(exitCode ?? 128 + constants.signals[signal]);
    });
  }
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', () => {
      if (output.listenerCount('error') === 1) process.exit(0);
    });
  }
}
