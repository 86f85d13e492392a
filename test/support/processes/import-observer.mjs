/**
 * Requires each subpath of the package, one after the other, from the folder of a host, and prints the changes: to the
 * global and built-in objects, to the process' listeners and environment, and open handles. The packages that it needs
 * are loaded before, as in a host, so their changes are not seen.
 *
 *   node import-observer.mjs nest-eventfold nest-eventfold/users ...
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const BUILT_IN = { Object, Array, Function, Promise, Error, Date, String, Symbol, JSON, Math, Map, Set };

function state() {
  const names = (prefix, object) => Reflect.ownKeys(object).map((key) => `${prefix}${String(key)}`);
  return new Set([
    ...names('global ', globalThis),
    ...Object.entries(BUILT_IN).flatMap(([name, object]) => [
      ...names(`${name}.`, object),
      ...names(`${name}.prototype.`, object.prototype ?? {}),
    ]),
    ...process.eventNames().map((name) => `listener of ${String(name)}`),
    ...Object.entries(process.env).map(([name, value]) => `variable ${name}=${value}`),
    ...process.getActiveResourcesInfo().map((kind) => `open ${kind}`),
  ]);
}

const require = createRequire(join(process.cwd(), 'host.js'));
const { peerDependencies, peerDependenciesMeta, dependencies } = require('nest-eventfold/package.json');
for (const name of Object.keys({ ...peerDependencies, ...dependencies })) {
  try {
    require(name);
  } catch (error) {
    if (!peerDependenciesMeta[name]?.optional) throw error;
  }
}
// The first decorated class makes both, be it the host's or ours.
require('class-validator').getMetadataStorage();
require('typeorm').getMetadataArgsStorage();
void [process.stdout, process.stderr]; // the first access opens them

const changes = {};
for (const subpath of process.argv.slice(2)) {
  const before = state();
  require(subpath);
  await setTimeout(20); // by then, everything that was begun shows
  changes[subpath] = [...state()].filter((each) => !before.has(each));
}
console.log(JSON.stringify(changes));
