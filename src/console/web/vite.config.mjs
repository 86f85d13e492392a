/**
 * Builds the page of the console into `dist/console`. Names have a hash of the content, addresses are relative, and the
 * files are stored compressed alone.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

const here = import.meta.dirname;
const folder = join(here, '../../../dist/console');

export default defineConfig({
  root: here,
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: folder,
    emptyOutDir: true,
    target: ['chrome111', 'firefox114', 'safari16.4'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the policy of the page allows no script or style in it
    reportCompressedSize: false,
    chunkSizeWarningLimit: 400,
  },
  plugins: [{ name: 'eventfold-compressed', closeBundle: compress }],
});

function compress() {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(js|css|html)$/.test(name)) continue;
    const file = join(folder, name);
    writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
    rmSync(file);
  }
}
