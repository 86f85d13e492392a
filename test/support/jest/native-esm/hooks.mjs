// The hooks of Node.js for the modules of the tests. They find the TypeScript behind the `.js` of an import and
// translate it. The package by its own name leads to the sources, and `@jest/globals` to those of the running file.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ENTRIES } from '../../../../packaging/entries.js';
import { root, transpile } from './transpiler.mjs';

const JEST_GLOBALS = new URL('jest-globals.mjs', import.meta.url).href;
const TYPESCRIPT = /^file:.*\.ts($|\?)/;

/** For `module.register`, which Node.js 20 has. */
export const resolve = async (specifier, context, next) =>
  resolved(specifier, context) ?? next(specifier, context);
export const load = async (url, context, next) => loaded(url) ?? next(url, context);

/** For `module.registerHooks`. */
export const synchronous = {
  resolve: (specifier, context, next) => resolved(specifier, context) ?? next(specifier, context),
  load: (url, context, next) => loaded(url) ?? next(url, context),
};

function resolved(specifier, { parentURL = '' }) {
  const url =
    specifier === '@jest/globals' ? JEST_GLOBALS : (ofPackage(specifier) ?? ofSources(specifier, parentURL));
  return url && { url, format: 'module', shortCircuit: true };
}

/** The package by its own name, as its users import it. */
function ofPackage(specifier) {
  if (!specifier.startsWith('nest-eventfold')) return undefined;
  const source = ENTRIES[specifier.replace('nest-eventfold', '.')];
  return source && pathToFileURL(join(root, `${source}.ts`)).href;
}

function ofSources(specifier, parentURL) {
  if (!specifier.startsWith('.') || !specifier.endsWith('.js') || !TYPESCRIPT.test(parentURL))
    return undefined;
  const url = new URL(specifier.replace(/\.js$/, '.ts'), parentURL);
  return existsSync(url) ? url.href : undefined;
}

function loaded(url) {
  if (!TYPESCRIPT.test(url)) return undefined;
  return { source: transpile(fileURLToPath(url.replace(/\?.*/, ''))), format: 'module', shortCircuit: true };
}
