import { WriteStream } from 'node:tty';

/**
 * Whether a stream gets colours: it is a terminal and NO_COLOR is not set, or FORCE_COLOR is set. Node's own
 * `styleText` has this rule. Nest's loggers would also colour files and pipes.
 */
export function isColoured({ isTTY }: { isTTY?: boolean }, environment = process.env): boolean {
  if (!isTTY && environment.FORCE_COLOR === undefined) return false;
  return WriteStream.prototype.getColorDepth(environment) > 1;
}
