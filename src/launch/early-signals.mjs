// What a signal does before the script that is to be run can hear it: while it is built and loaded. Nothing has been
// begun yet that would have to be ended in order, but the build, which ends with this process.

import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'];

/**
 * Ends the process at a signal that no other code listens to, and, with exit code 0, when its output has no reader.
 *
 * @param exitCode default: that of shells for a signal, 128 and its number
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
