import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageOf, run } from './packed-package.js';

const OBSERVER = join(import.meta.dirname, 'import-observer.mjs');

/** A process may take so long, in ms, to import and to end by itself; one that left something open would never. */
const ENDS_WITHIN_MS = 20_000;

export interface ObservedImport {
  exports: string[];
  /** What it has changed for everybody in the process. */
  changes: string[];
  /** What it has printed besides, on standard error above all. */
  output: string;
}

/** Requires a subpath beside its dependencies. @param host the folder of the application that does it */
export const observeRequire = (subpath: string, host: string): Promise<ObservedImport> =>
  observe(subpath, 'require', host, {});

/** Imports a subpath alone, and names the packages of which any file was run for it, by V8's own list. */
export async function packagesRunBy(subpath: string, host: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'eventfold-coverage-'));
  await observe(subpath, 'import', host, { NODE_V8_COVERAGE: folder });
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

async function observe(subpath: string, how: 'import' | 'require', host: string, environment: object) {
  // The script stands in the host: where an import begins is where it looks.
  const script = join(host, 'import-observer.mjs');
  await run('cp', [OBSERVER, script]);
  const { stdout, stderr } = await run(process.execPath, [script, subpath, how], {
    cwd: host,
    timeout: ENDS_WITHIN_MS,
    env: { PATH: process.env.PATH, ...environment },
  });
  const lines = stdout.trimEnd().split('\n');
  const observed = JSON.parse(lines.pop()!) as Pick<ObservedImport, 'exports' | 'changes'>;
  return { ...observed, output: [...lines, stderr].join('\n') };
}
