import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { CommandFailure } from '../../command-failure.js';
import { camelCase, constantCase, pascalCase } from './name-forms.js';

const EVENTS_FILE = '.events.ts';

/** The name of an aggregate, from the name or the path of its events. */
export const aggregateName = (nameOrPath: string): string =>
  nameOrPath.endsWith(EVENTS_FILE) ? basename(nameOrPath, EVENTS_FILE) : nameOrPath;

/**
 * Finds the directory of an aggregate's events, by the name of the aggregate or their path.
 *
 * @param near the directory of the read model
 * @param workingDirectory paths are relative to it
 * @throws CommandFailure when there are no events, or not in the form that a read model needs
 */
export async function aggregateDirectory(
  nameOrPath: string,
  near: string,
  workingDirectory = process.cwd(),
): Promise<string> {
  const name = aggregateName(nameOrPath);
  const directories =
    name === nameOrPath ? [near, join(dirname(near), name), join('src', name)] : [dirname(nameOrPath)];
  const places = [...new Set(directories)].map((directory) => join(directory, name + EVENTS_FILE));
  for (const place of places) {
    const text = await readFile(resolve(workingDirectory, place), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    requireWhatIsFolded(name, place, text);
    return dirname(place);
  }
  throw new CommandFailure(
    `there is no aggregate "${name}": not found ${places.join(', ')}. Make it with ` +
      `"eventfold new aggregate ${name}", or say where it is with --of <path of its ${name}${EVENTS_FILE}>.`,
  );
}

/** The list of the events, their union, and the id in the data of each event: the key of the rows. */
function requireWhatIsFolded(name: string, file: string, text: string): void {
  const needed = [`${constantCase(name)}_EVENTS`, `${pascalCase(name)}Event`, `${camelCase(name)}Id`];
  const missing = needed.filter((word) => !new RegExp(`\\b${word}\\b`).test(text));
  if (missing.length === 0) return;
  throw new CommandFailure(
    `${file} has no ${missing.join(' and no ')}. A read model needs ${needed[0]} (all its events), ` +
      `${needed[1]} (their union) and ${needed[2]} (in the data of each).`,
  );
}

/** How a file in one directory imports from another: `.`, `../order`. */
export function importPath(from: string, to: string): string {
  const path = relative(from, to).replaceAll('\\', '/');
  if (path === '') return '.';
  return path.startsWith('.') ? path : `./${path}`;
}
