import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BuildProgress } from './build-progress.mjs';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const COMPILED = ['src', 'migrations', 'bench'];
const SOURCES = [
  ...COMPILED,
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'rollup.config.js',
  'packaging',
];
const NOT_SOURCES = new Set(['node_modules', 'results', 'web']);
const PAGE = 'src/console/web';

/**
 * The steps of `npm run build`, with three differences. Types are not checked, which is nearly half of the work
 * (`npm run typecheck` does it). The package is not made. Unchanged files are not compiled again.
 */
const STEPS = [
  {
    doing: 'compiling',
    program: 'typescript/bin/tsc',
    options: ['--project', 'tsconfig.build.json', '--noCheck'],
  },
  {
    doing: 'bundling',
    program: 'rollup/dist/bin/rollup',
    options: ['--config', '--silent', '--configOf', 'service'],
  },
];

/** The page of the console has its own sources, and no other code imports them. */
const PAGE_STEPS = [
  {
    doing: 'building the console',
    program: 'vite/bin/vite.js',
    options: ['build', '--config', `${PAGE}/vite.config.mjs`, '--logLevel', 'error'],
  },
];

/**
 * Builds when a source is newer than the build. Ends the process when the build fails. The published package and the
 * container image are built already, and lack the tools for a build.
 */
export async function ensureFreshBuild() {
  if (!existsSync(join(root, 'tsconfig.build.json'))) return;
  const built = modified(join(root, 'dist/service/cli.js')); // written last
  const isFresh = SOURCES.every((source) => newest(join(root, source)) < built);
  if (!isFresh && COMPILED.some((folder) => hasOutlived(folder, ''))) {
    rmSync(join(root, 'dist'), { recursive: true });
  }
  const isPageFresh = newest(join(root, PAGE)) < modified(join(root, 'dist/console/index.html.gz'));
  await build([...(isPageFresh ? [] : PAGE_STEPS), ...(isFresh ? [] : STEPS)]);
}

async function build(steps) {
  if (steps.length === 0) return;
  const progress = new BuildProgress(process.stderr); // a program may read the output of a command
  for (const { doing, program, options } of steps) {
    progress.begin(doing);
    const status = await run(program, options);
    progress.end();
    if (status !== 0) process.exit(status ?? 1);
  }
}

/**
 * Each step has a session of its own, if the system has sessions: only this process gets a Ctrl-C, and it ends the
 * step.
 *
 * @returns the exit code
 */
async function run(program, options) {
  const child = spawn(process.execPath, [join(root, 'node_modules', program), ...options], {
    cwd: root,
    detached: process.platform !== 'win32',
    windowsHide: true,
    stdio: ['ignore', 2, 2],
  });
  const end = () => endSession(child);
  process.once('exit', end);
  const status = await new Promise((resolve) => child.once('close', resolve));
  process.off('exit', end);
  return status;
}

function endSession(child) {
  if (process.platform === 'win32') child.kill();
  else if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
}

/** Whether a source was deleted whose output is still in the build. */
function hasOutlived(folder, path) {
  const place = join(root, 'dist', folder, path);
  if (!existsSync(place)) return false;
  return readdirSync(place, { withFileTypes: true }).some((entry) => {
    const name = join(path, entry.name);
    if (entry.isDirectory()) return hasOutlived(folder, name);
    return name.endsWith('.js') && !existsSync(join(root, folder, name.replace(/js$/, 'ts')));
  });
}

function newest(path) {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return modified(path);
  const inside = readdirSync(path).filter((name) => !NOT_SOURCES.has(name) && !name.endsWith('.spec.ts'));
  return Math.max(0, ...inside.map((name) => newest(join(path, name))));
}

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
