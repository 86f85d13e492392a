import { exitSignal } from './exit.js';
import type { OutputStream, Surroundings } from './terminal.js';

/**
 * The surroundings of this process. Only results go to its standard output. Until `giveBack` is called, other output,
 * such as that of `console.log`, goes to standard error, so no line of a log is in the JSON.
 */
export function ownSurroundings(): { surroundings: Surroundings; giveBack: () => void } {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  const surroundings = {
    stdout: withWrite(stdout, write),
    stderr,
    environment: process.env,
    directory: process.cwd(),
    signal: exitSignal(),
  };
  stdout.write = stderr.write.bind(stderr);
  return { surroundings, giveBack: () => void (stdout.write = write) };
}

/** The same stream with another function for writing. */
function withWrite(stream: NodeJS.WriteStream, write: NodeJS.WriteStream['write']): OutputStream {
  return new Proxy(stream, {
    get(target, name) {
      if (name === 'write') return write;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
