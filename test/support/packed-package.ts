import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';

export const ROOT = join(import.meta.dirname, '../..');
export const run = promisify(execFile);

/** The package as `npm publish` would send it. */
export interface PackedPackage {
  tarball: string;
  /** The paths in it. */
  files: string[];
}

/**
 * Packs the build that the global setup has made. Not with `prepack`, which builds anew: that would pull the build from
 * under the test files that run beside this one.
 */
export async function pack(folder: string): Promise<PackedPackage> {
  const options = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', options, { cwd: ROOT });
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  return { tarball: join(folder, filename), files: files.map(({ path }) => path) };
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

/** The names of the packages that a file of the build imports, for JavaScript and for types alike. */
export async function packagesOf(file: string): Promise<string[]> {
  const { importedFiles } = ts.preProcessFile(await readFile(join(ROOT, file), 'utf8'), true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
    .map(packageOf);
}

/** `@nestjs/common/constants.js` is of `@nestjs/common`. */
export const packageOf = (path: string): string =>
  path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/');
