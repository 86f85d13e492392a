/**
 * Requires each subpath of the package, one after the other, from the folder of a host, and prints what that changed:
 * on the global object and the built-in ones, in the process' listeners and environment, and what it left open. The
 * packages that it needs are there before, as in a host, so that what those change is not seen.
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
// Both are made for the first class that is decorated, the host's or ours.
require('class-validator').getMetadataStorage();
require('typeorm').getMetadataArgsStorage();
void [process.stdout, process.stderr]; // they are opened when they are asked for

const changes = {};
for (const subpath of process.argv.slice(2)) {
  const before = state();
  require(subpath);
  await setTimeout(20); // what was begun by then shows
  changes[subpath] = [...state()].filter((each) => !before.has(each));
}
console.log(JSON.stringify(changes));
