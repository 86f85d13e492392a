import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The version in the nearest `package.json`: a build may be in any folder of the package. */
export function packageVersion(directory = import.meta.dirname): string {
  const file = join(directory, 'package.json');
  if (!existsSync(file)) return packageVersion(dirname(directory));
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
