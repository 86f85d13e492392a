/**
 * The command line in the form in which an application loads the package. Node.js itself gives the ES modules to
 * `import` and `require` alike. A loader with rules of its own, such as Plug'n'Play of yarn, gives a CommonJS
 * application the form in CommonJS. The command line in ES modules would find nothing of what that form registers.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type { Surroundings, Terminal } from '../terminal/terminal.js';
import { fieldOf, locateApp, nearestManifest } from './app-location.js';

export type RunCommand = (args: readonly string[], surroundings: Surroundings) => Promise<number>;

/** Beside the entry `nest-eventfold/cli`, and only in the form in CommonJS. */
const COMMAND = 'command.js';

/** Undefined where the application has the ES modules, or there is no application. */
export async function commandOfApp(terminal: Terminal): Promise<RunCommand | undefined> {
  if (terminal.rootModule !== undefined) return undefined;
  // A command that needs the application says why it cannot be located.
  const app = await locateApp(terminal).catch(() => undefined);
  if (app === undefined || !(await isCommonJs(app.file))) return undefined;
  const require = createRequire(app.file);
  const entry = entryFor(require);
  const command = entry && join(dirname(entry), COMMAND);
  if (command === undefined || !existsSync(command)) return undefined;
  return (require(command) as { runCommand: RunCommand }).runCommand;
}

function entryFor(require: NodeJS.Require): string | undefined {
  try {
    return require.resolve('nest-eventfold/cli');
  } catch {
    return undefined;
  }
}

/** By the rules of Node.js. */
async function isCommonJs(file: string): Promise<boolean> {
  const extension = extname(file);
  if (extension !== '.js') return extension === '.cjs';
  const manifest = await nearestManifest(dirname(file));
  return manifest === undefined || fieldOf(manifest.text, 'type') !== 'module';
}
