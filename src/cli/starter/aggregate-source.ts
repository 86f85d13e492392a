import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { CommandFailure } from '../failure.js';
import { camelCase, pascalCase, constantCase } from './name-forms.js';

export interface AggregateSource {
  name: string;
  /** From the working directory. */
  directory: string;
}

/**
 * Finds the events of an aggregate, given its name or the directory of its files.
 *
 * @param near the directory of the read model
 * @throws CommandFailure when it is not there, or its events are not as a read model needs them
 */
export async function findAggregate(nameOrDirectory: string, near: string): Promise<AggregateSource> {
  const path = nameOrDirectory.replaceAll('\\', '/');
  const name = path.split('/').at(-1)!;
  const places = path.includes('/') ? [path] : [near, join(dirname(near), name), join('src', name)];
  for (const directory of new Set(places)) {
    const file = join(directory, `${name}.events.ts`);
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    requireWhatIsFolded(name, file, text);
    return { name, directory };
  }
  throw new CommandFailure(
    `there is no aggregate "${name}": ${name}.events.ts is not in ${[...new Set(places)].join(', nor in ')}. ` +
      `Make it with "eventfold new aggregate ${name}", or say where it is with --of <its directory>.`,
  );
}

/** The list of the events, their union, and the id that the data of each has: the key of the rows. */
function requireWhatIsFolded(name: string, file: string, text: string): void {
  const needed = [`${constantCase(name)}_EVENTS`, `${pascalCase(name)}Event`, `${camelCase(name)}Id`];
  const missing = needed.filter((word) => !new RegExp(`\\b${word}\\b`).test(text));
  if (missing.length === 0) return;
  throw new CommandFailure(
    `${file} has no ${missing.join(', no ')}. A read model takes the list of all events from there, ` +
      `their union, and the id in the data of each: ${needed.join(', ')}.`,
  );
}

/** How a file in one directory imports from another: `.`, `../order`. */
export function importPath(from: string, to: string): string {
  const path = relative(from, to).replaceAll('\\', '/');
  if (path === '') return '.';
  return path.startsWith('.') ? path : `./${path}`;
}
