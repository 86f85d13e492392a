/** Loads the root module of an application from its build, in either module system. */
import type { DynamicModule, Type } from '@nestjs/common';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isModuleClass } from '../../event-sourcing/for-service.js';
import { CommandFailure } from '../command-failure.js';

/** A root module in the forms that Nest takes. */
export type RootModule = Type | DynamicModule | Promise<DynamicModule>;

export interface AppLocation {
  /** The file of the root module, absolute. */
  file: string;
  /** The export that is the root module, if it is named. */
  exportName: string | undefined;
  /** Where it is named: `--app`, `EVENTFOLD_APP`, or the path of a package.json. */
  source: string;
}

/** @throws CommandFailure, with exit code 2: no file, a file that does not load, no module in it, or several */
export async function loadRootModule(location: AppLocation): Promise<RootModule> {
  await requireFile(location);
  const exported = exportsOf(await load(location));
  return location.exportName === undefined
    ? chooseModule(location, exported)
    : namedModule(location, location.exportName, exported);
}

async function requireFile(location: AppLocation): Promise<void> {
  const found = await stat(location.file).catch(() => undefined);
  if (found?.isFile()) return;
  const what = found === undefined ? 'there is no such file' : 'it is no file';
  refuse(location, what, 'Build the application, and name the built file of its root module.');
}

const load = (location: AppLocation): Promise<Record<string, unknown>> =>
  import(pathToFileURL(location.file).href).catch((error: unknown) => refuseToLoad(location, error));

function refuseToLoad(location: AppLocation, error: unknown): never {
  const isSource = /^\.[cm]?tsx?$/.test(extname(location.file));
  if (isSource && isNotRun(error)) {
    refuse(location, 'this Node.js does not run it', 'Build the application, and name the built file.');
  }
  const what = `it cannot be loaded (${firstLine(error)})`;
  return refuse(location, what, `"node ${location.file}" shows where.`);
}

/** Whether Node.js cannot run the file because of TypeScript or its decorators. */
const isNotRun = (error: unknown) =>
  error instanceof SyntaxError ||
  /^ERR_(UNKNOWN_FILE_EXTENSION|UNSUPPORTED_TYPESCRIPT_SYNTAX|INVALID_TYPESCRIPT_SYNTAX)$/.test(
    (error as NodeJS.ErrnoException | null)?.code ?? '',
  );

export const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trim().split('\n', 1)[0]!;

/**
 * The exports by name. For a CommonJS module, Node.js gives the whole of `module.exports` as `default`, and finds most
 * names in it.
 */
function exportsOf(namespace: Record<string, unknown>): Map<string, unknown> {
  const whole = namespace['default'];
  const inside = isObject(whole) && !isDynamicModule(whole) ? Object.entries(whole) : [];
  const names = Object.entries(namespace).filter(([, value]) => inside.length === 0 || value !== whole);
  return new Map([...names.filter(([name]) => name !== 'module.exports'), ...inside]);
}

function namedModule(
  location: AppLocation,
  name: string,
  exported: ReadonlyMap<string, unknown>,
): RootModule {
  const value = exported.get(name);
  if (isModule(value)) return value;
  const what = exported.has(name) ? `its export "${name}" is no Nest module` : `it has no export "${name}"`;
  return refuse(location, what, namesOf(exported));
}

function chooseModule(location: AppLocation, exported: ReadonlyMap<string, unknown>): RootModule {
  for (const name of ['AppModule', 'default']) {
    const value = exported.get(name);
    if (isModule(value)) return value;
  }
  const modules = [...exported.values()].filter(isModule);
  if (modules.length === 1) return modules[0]!;
  const cure = namesOf(exported);
  if (modules.length === 0) refuse(location, 'it exports no Nest module', cure);
  return refuse(location, 'it exports several Nest modules', `Add "#" and the name of one. ${cure}`);
}

function namesOf(exported: ReadonlyMap<string, unknown>): string {
  const names = [...exported].filter(([, value]) => isModule(value)).map(([name]) => name);
  return names.length === 0
    ? 'Name the built file of the root module of the application.'
    : `Its modules are ${names.join(', ')}.`;
}

const isModule = (value: unknown): value is RootModule =>
  isModuleClass(value) || isDynamicModule(value) || value instanceof Promise;

const isDynamicModule = (value: unknown): value is DynamicModule =>
  isObject(value) && typeof value['module'] === 'function';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function refuse({ file, source }: AppLocation, what: string, cure: string): never {
  throw new CommandFailure(`${source} names ${file}, and ${what}. ${cure}`, 2);
}
