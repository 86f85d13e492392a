import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const SOURCES = [
  'src',
  'migrations',
  'bench',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'rollup.config.js',
];
const NOT_SOURCES = new Set(['node_modules', 'results']);

/**
 * Builds when a source is newer than the build. Ends the process when the build fails. The published package and the
 * container image come built, and without what a build takes.
 */
export function ensureFreshBuild() {
  if (!existsSync(join(root, 'tsconfig.build.json'))) return;
  const built = modified(join(root, 'dist/package/cli.js')); // written last
  if (SOURCES.every((source) => newest(join(root, source)) < built)) return;
  // On standard error: what a command prints may be read by a program.
  console.error('Building (sources changed) ...');
  const options = { cwd: root, shell: true, stdio: ['inherit', 2, 2] };
  const { status } = spawnSync('npm run --silent build', options);
  if (status !== 0) process.exit(status ?? 1);
}

function newest(path) {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return modified(path);
  const inside = readdirSync(path).filter((name) => !NOT_SOURCES.has(name) && !name.endsWith('.spec.ts'));
  return Math.max(0, ...inside.map((name) => newest(join(path, name))));
}

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
