import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The version in the nearest `package.json` that has one: a build may be in any folder of the package. */
export function packageVersion(directory = import.meta.dirname): string {
  return versionIn(join(directory, 'package.json')) ?? packageVersion(dirname(directory));
}

function versionIn(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  return (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version;
}
