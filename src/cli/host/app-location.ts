/** Finds the application that the commands work on: an operator, the environment or a project names it. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CommandFailure } from '../command-failure.js';
import type { Terminal } from '../terminal/terminal.js';
import type { AppLocation } from './root-module.js';

/**
 * The first of `--app`, `EVENTFOLD_APP` and the field "eventfold" of the nearest package.json. Undefined when none of
 * them names an application, and with `--no-app`.
 *
 * @throws CommandFailure when the field cannot be read
 */
export async function locateApp(terminal: Terminal): Promise<AppLocation | undefined> {
  const { environment, directory, options } = terminal;
  if (options.app === false) return undefined;
  if (typeof options.app === 'string') return locationOf(options.app, directory, '--app');
  const variable = environment['EVENTFOLD_APP'] ?? '';
  if (variable !== '') return locationOf(variable, directory, 'EVENTFOLD_APP');
  const project = await nearestManifest(directory);
  if (project === undefined) return undefined;
  const app = appIn(project);
  return app === undefined ? undefined : locationOf(app, dirname(project.path), project.path);
}

/** The location in a text such as `./dist/app.module.js#ShopModule`. */
function locationOf(text: string, directory: string, source: string): AppLocation {
  const [, path, exportName] = /^(.*?)(?:#([\w$]*))?$/s.exec(text)!;
  if (path !== '' && exportName !== '') return { file: resolve(directory, path!), exportName, source };
  throw new CommandFailure(`${source} is "${text}": it must be ${RULE}.`, 2);
}

const RULE =
  'the built file of a Nest module, such as "./dist/app.module.js", and may end with "#" and the name of an export';

export interface Manifest {
  path: string;
  text: string;
}

/** The package.json of a directory, or of the nearest one above it that has one. */
export async function nearestManifest(directory: string): Promise<Manifest | undefined> {
  const path = join(directory, 'package.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text !== undefined) return { path, text };
  return dirname(directory) === directory ? undefined : nearestManifest(dirname(directory));
}

function appIn({ path, text }: Manifest): string | undefined {
  const field = fieldOf(text, 'eventfold');
  if (field === undefined) return undefined;
  const { app, ...others } = (typeof field === 'object' ? field : {}) as Record<string, unknown>;
  const [strange] = Object.keys(others);
  if (strange !== undefined) {
    throw new CommandFailure(`"eventfold.${strange}" in ${path} is no setting: there is "app" alone.`, 2);
  }
  if (typeof app === 'string') return app;
  throw new CommandFailure(`"eventfold.app" in ${path} is ${JSON.stringify(app)}: it must be ${RULE}.`, 2);
}

/** Ignores a package.json that npm could not read either. */
export function fieldOf(text: string, name: string): unknown {
  try {
    return (JSON.parse(text) as Record<string, unknown> | null)?.[name];
  } catch {
    return undefined;
  }
}
