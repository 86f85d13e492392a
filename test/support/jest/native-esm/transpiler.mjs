// Translates TypeScript to JavaScript, and keeps it in a folder of node_modules. A changed file is translated again.

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
/** Older translations were made with other options. */
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

/** @returns {string} the path of a file's JavaScript; its source map has `.map` behind it */
export const translationOf = (file) => join(CACHE, `${relative(root, file)}.js`);

/** Renames the written file: two workers may write the same one at once. */
function write(file, text) {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, file);
}

function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
