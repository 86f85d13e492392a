// TypeScript to JavaScript, kept in a folder of node_modules: a file is translated again when it has changed.

import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

export const root = join(import.meta.dirname, '../../../..');
const CACHE = join(root, 'node_modules/.cache/eventfold-tests');
const OPTIONS = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2022',
  },
  module: { type: 'es6' },
  sourceMaps: true,
  configFile: false,
  swcrc: false,
};
/** What is older was made with other options. */
const SELF = modified(fileURLToPath(import.meta.url));

/** @param {string} file of TypeScript */
export function transpile(file) {
  const target = translationOf(file);
  if (modified(target) > Math.max(modified(file), SELF)) return readFileSync(target, 'utf8');
  const { code, map } = transformSync(readFileSync(file, 'utf8'), { ...OPTIONS, filename: file });
  mkdirSync(dirname(target), { recursive: true });
  write(`${target}.map`, map);
  write(target, code);
  return code;
}

/** @returns {string} where the JavaScript of a file is; its source map has `.map` behind it */
export const translationOf = (file) => join(CACHE, `${relative(root, file)}.js`);

/** Two workers may write the same file at once. */
function write(file, text) {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, file);
}

function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
