/**
 * The declarations of `tsc` that the entries need. TypeScript takes a declaration for an ES module or for CommonJS by
 * the nearest `package.json`, so each form of the package has a copy.
 */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ENTRIES } from './entries.js';

const IMPORT = /\b(?:from|import)\s*\(?\s*['"](\.[^'"]+)\.js['"]/g;

/** Copies them below a folder, with the same paths as in `dist`. */
export function copyDeclarations(folder) {
  const found = new Set();
  for (const source of Object.values(ENTRIES)) follow(source, found);
  for (const path of found) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    copyFileSync(`dist/${path}.d.ts`, join(folder, `${path}.d.ts`));
  }
}

function follow(path, found) {
  if (found.has(path)) return;
  found.add(path);
  const text = readFileSync(`dist/${path}.d.ts`, 'utf8');
  for (const [, imported] of text.matchAll(IMPORT)) follow(join(dirname(path), imported), found);
}
