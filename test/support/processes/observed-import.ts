import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageOf, run } from '../hosts/packed-package.js';
import { PATIENCE_MS } from '../patience.js';

const OBSERVER = join(import.meta.dirname, 'import-observer.mjs');

/** A process that left something open would never end by itself. */
const inHost = (host: string, environment: NodeJS.ProcessEnv = {}) => ({
  cwd: host,
  timeout: PATIENCE_MS,
  env: { PATH: process.env.PATH, ...environment },
});

/** Requires subpaths in a process of a host. Returns the global changes of each, and the printed lines. */
export async function requireAll(subpaths: string[], host: string) {
  const { stdout, stderr } = await run(process.execPath, [OBSERVER, ...subpaths], inHost(host));
  const lines = stdout.trimEnd().split('\n');
  const changes = JSON.parse(lines.pop()!) as Record<string, string[]>;
  return { changes, output: lines.join('\n') + stderr };
}

/** Imports a subpath in a process of a host. Returns the packages with executed files, by V8's own list. */
export async function packagesRunBy(subpath: string, host: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'eventfold-coverage-'));
  const script = ['--input-type=module', '--eval', `await import('${subpath}')`];
  await run(process.execPath, script, inHost(host, { NODE_V8_COVERAGE: folder }));
  const packages = await packagesRun(folder);
  await rm(folder, { recursive: true });
  return packages;
}

/** The packages with executed files in a process, by the list that V8 left in a folder. */
export async function packagesRun(folder: string): Promise<string[]> {
  const packages = new Set<string>();
  for (const file of await readdir(folder)) {
    const { result } = JSON.parse(await readFile(join(folder, file), 'utf8')) as {
      result: { url: string }[];
    };
    for (const { url } of result) {
      const path = url.split('/node_modules/').slice(1).at(-1);
      if (path !== undefined) packages.add(packageOf(path));
    }
  }
  return [...packages].toSorted();
}
