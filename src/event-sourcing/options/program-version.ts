import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The version in the `package.json` of the program that was started: an operator tells builds of the application apart,
 * and not those of its libraries.
 *
 * @param program its file
 */
export const versionOfProgram = (program = process.argv[1]): string =>
  program === undefined ? 'unknown' : versionAbove(dirname(program));

function versionAbove(folder: string): string {
  const parent = dirname(folder);
  return versionIn(folder) ?? (parent === folder ? 'unknown' : versionAbove(parent));
}

/** Undefined where there is none, and where there is no such file: a bundle may be the only file of its folder. */
function versionIn(folder: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      version?: unknown;
    };
    return typeof version === 'string' && version !== '' ? version.slice(0, 100) : undefined;
  } catch {
    return undefined;
  }
}
