import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { ROOT } from './hosts/packed-package.js';

const FILE = pathToFileURL(join(ROOT, 'node_modules/nestjs-pino/dist/esm/PinoLogger.js')).href;

/**
 * nestjs-pino has one logger for all applications of a process: that of the first. Its own tests reset it in this way.
 */
export async function resetPinoRoot(): Promise<void> {
  const { __resetOutOfContextForTests: reset } = (await import(FILE)) as {
    __resetOutOfContextForTests: () => void;
  };
  reset();
}
