import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';

/**
 * Lets the process end with its own exit code when its terminal is closed meanwhile. At the end Node resets the
 * terminal, and aborts (exit code 134) when it cannot. Node skips a terminal that is not open any more. Seen with Node
 * 20.
 */
export function endWithoutTerminal(): void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  process.on('exit', () => {
    for (const descriptor of terminals) if (!isatty(descriptor)) closeSync(descriptor);
  });
}
