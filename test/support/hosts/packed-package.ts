import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';

export const ROOT = join(import.meta.dirname, '../../..');
/** The folder that the build makes for `npm publish`. */
export const PACKAGE = join(ROOT, 'dist/package');
export const run = promisify(execFile);

/** The package that `npm publish` would send. */
export interface PackedPackage {
  tarball: string;
  /** The paths of its files. */
  files: string[];
  /** The size of all files, in bytes. */
  size: number;
}

/** Packs the package that the global setup has built. */
export async function pack(folder: string): Promise<PackedPackage> {
  const options = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', options, { cwd: PACKAGE });
  const [{ filename, files, unpackedSize }] = JSON.parse(stdout);
  const paths = (files as { path: string }[]).map(({ path }) => path);
  return { tarball: join(folder, filename), files: paths, size: unpackedSize };
}

/** Runs a program of the package's development dependencies. Returns its output, and whether it succeeded. */
export async function check(program: string, ...options: string[]): Promise<{ ok: boolean; output: string }> {
  try {
    const { stdout } = await run(join(ROOT, 'node_modules/.bin', program), options);
    return { ok: true, output: stdout };
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return { ok: false, output: stdout + stderr };
  }
}

/** The packages that files of the package import, for JavaScript and for types. */
export async function packagesOf(files: Iterable<string>): Promise<string[]> {
  const imported = await Promise.all([...files].map(importsOf));
  const others = imported.flat().filter((name) => !name.startsWith('.') && !isBuiltin(name));
  return [...new Set(others.map(packageOf))].toSorted();
}

/** A file of the package, and all files of ours that it imports, directly or not. */
export async function filesBehind(file: string, found = new Set<string>()): Promise<Set<string>> {
  if (found.has(file)) return found;
  found.add(file);
  for (const name of await importsOf(file)) {
    if (name.startsWith('.')) await filesBehind(siblingOf(file, name), found);
  }
  return found;
}

/** The declarations of an imported file are beside it. */
function siblingOf(file: string, name: string): string {
  const path = join(dirname(file), name);
  return file.endsWith('.d.ts') ? path.replace(/\.js$/, '.d.ts') : path;
}

/** The imports of each file. Many entries lead to the same file. */
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

/** The package of an import: `@nestjs/common/constants.js` belongs to `@nestjs/common`. */
export const packageOf = (path: string): string =>
  path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/');
