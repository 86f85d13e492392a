import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const TYPES: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};
const PAGE = 'index.html';

export interface PageFile {
  readonly type: string;
  readonly gzipped: Buffer;
}

/**
 * The built files of the page by their names, in memory: a dozen files, less than 200 kB. They are stored compressed
 * alone, so that the published package stays small.
 *
 * @throws Error when the page has not been built
 */
export function readPageFiles(): Map<string, PageFile> {
  const folder = builtFolder();
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((each) =>
    each.endsWith('.gz'),
  );
  return new Map(
    names.map((file) => {
      const name = file.replace(/\.gz$/, '').replaceAll('\\', '/');
      const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
      return [name, { type, gzipped: readFileSync(join(folder, file)) }];
    }),
  );
}

/** The page itself, which has `api` as the address of the operators' routes, relative to the page's folder. */
export function pageFor(files: ReadonlyMap<string, PageFile>, api: string): string {
  return inflated(files.get(PAGE)!).toString().replace('content="../"', `content="${api}"`);
}

export const inflated = ({ gzipped }: PageFile): Buffer => gunzipSync(gzipped);

/** This code is in the sources, in what `tsc` has made, or in a bundle; the page is in a folder above or beside. */
function builtFolder(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    const found = ['console', 'dist/console'].map((each) => join(folder, each)).find(hasPage);
    if (found !== undefined) return found;
  }
  throw new Error('The page of the console is not built: run `npm run build`.');
}

const hasPage = (folder: string) => existsSync(join(folder, `${PAGE}.gz`));
