import { WriteStream } from 'node:tty';

/**
 * Whether colours are for a stream: it is a terminal, and NO_COLOR is not set; or FORCE_COLOR asks for them. As Node's
 * own `styleText` has it. Nest's loggers colour what goes into files and pipes as well.
 */
export function isColoured({ isTTY }: { isTTY?: boolean }, environment = process.env): boolean {
  if (!isTTY && environment.FORCE_COLOR === undefined) return false;
  return WriteStream.prototype.getColorDepth(environment) > 1;
}
