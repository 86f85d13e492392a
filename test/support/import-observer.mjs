/**
 * Takes in one subpath of the package in a process that has done nothing else, from the folder of a host, and prints
 * its exports, and what doing so changed: on the global object and the built-in ones, in the process' listeners and
 * environment, and what it left open. With `require` the packages that are needed are there already, as in a host, so
 * that what they change is not seen; with `import` they are not, so that it can be seen which are.
 *
 *   node import-observer.mjs nest-eventfold/users import|require
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const [subpath, how] = process.argv.slice(2);
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

async function requireBesideOthers() {
  const require = createRequire(join(process.cwd(), 'host.js'));
  const { peerDependencies, dependencies } = require('nest-eventfold/package.json');
  for (const name of Object.keys({ ...peerDependencies, ...dependencies })) require(name);
  require('class-validator').getMetadataStorage(); // which is made for the first class that has a rule
  void [process.stdout, process.stderr]; // they are opened when they are asked for
  const before = state();
  const exported = require(subpath);
  await setTimeout(20); // what was begun by then shows
  return { exported, changes: [...state()].filter((each) => !before.has(each)) };
}

const { exported, changes } =
  how === 'require' ? await requireBesideOthers() : { exported: await import(subpath) };
console.log(JSON.stringify({ exports: Object.keys(exported), changes }));
