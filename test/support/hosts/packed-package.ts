import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';

export const ROOT = join(import.meta.dirname, '../../..');
/** What the build has made for `npm publish`. */
export const PACKAGE = join(ROOT, 'dist/package');
export const run = promisify(execFile);

/** The package as `npm publish` would send it. */
export interface PackedPackage {
  tarball: string;
  /** The paths in it. */
  files: string[];
  /** Of all files, in bytes. */
  size: number;
}

/** Packs what the global setup has built. */
export async function pack(folder: string): Promise<PackedPackage> {
  const options = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', options, { cwd: PACKAGE });
  const [{ filename, files, unpackedSize }] = JSON.parse(stdout);
  const paths = (files as { path: string }[]).map(({ path }) => path);
  return { tarball: join(folder, filename), files: paths, size: unpackedSize };
}

/** A program among the package's development dependencies: what it prints, and whether it was content. */
export async function check(program: string, ...options: string[]): Promise<{ ok: boolean; output: string }> {
  try {
    const { stdout } = await run(join(ROOT, 'node_modules/.bin', program), options);
    return { ok: true, output: stdout };
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return { ok: false, output: stdout + stderr };
  }
}

/** The packages that files of the package import, for JavaScript and for types alike. */
export async function packagesOf(files: Iterable<string>): Promise<string[]> {
  const imported = await Promise.all([...files].map(importsOf));
  const others = imported.flat().filter((name) => !name.startsWith('.') && !isBuiltin(name));
  return [...new Set(others.map(packageOf))].toSorted();
}

/** A file of the package, and all of ours that it imports, from one to the next. */
export async function filesBehind(file: string, found = new Set<string>()): Promise<Set<string>> {
  if (found.has(file)) return found;
  found.add(file);
  for (const name of await importsOf(file)) {
    if (name.startsWith('.')) await filesBehind(siblingOf(file, name), found);
  }
  return found;
}

/** The declarations of a file that is imported by its name are beside it. */
function siblingOf(file: string, name: string): string {
  const path = join(dirname(file), name);
  return file.endsWith('.d.ts') ? path.replace(/\.js$/, '.d.ts') : path;
}

/** What each file imports. Many entries lead to it. */
const imports = new Map<string, Promise<string[]>>();

function importsOf(file: string): Promise<string[]> {
  const known = imports.get(file) ?? readImports(file);
  imports.set(file, known);
  return known;
}

async function readImports(file: string): Promise<string[]> {
  const text = await readFile(join(PACKAGE, file), 'utf8');
  const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(text, true, true);
  return [...importedFiles, ...typeReferenceDirectives].map(({ fileName }) => fileName);
}

/** `@nestjs/common/constants.js` is of `@nestjs/common`. */
export const packageOf = (path: string): string =>
  path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/');
