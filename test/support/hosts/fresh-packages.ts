/** How an application that a guide makes comes by its packages: by npm as its reader's does, or in a second. */
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compileHost } from './compiled-host.js';
import { type InstalledPackage, link } from './installed-package.js';
import { ROOT } from './packed-package.js';
import type { Instead } from './pasted-application.js';

/** All lines are run as they are written, but for the package itself, which no registry has. */
export const byNpm = ({ tarball }: InstalledPackage): Instead => ({
  'npm install': (folder, names) =>
    npm(folder, ['install', ...names.map((name) => (name === 'nest-eventfold' ? tarball : name))]),
  'npm start': (folder) => npm(folder, ['run', 'build']),
});

async function npm(folder: string, words: string[]): Promise<void> {
  await promisify(execFile)('npm', words, { cwd: folder }).catch(({ stdout, stderr }) => {
    throw new Error(`"npm ${words.join(' ')}" fails:\n${stdout}${stderr}`);
  });
}

/** Of the development dependencies that `nest new` lists: what compiles. Nothing here runs the others. */
const COMPILING = ['typescript', '@types/node'];

/**
 * - `nest new` copies what version 12.0.8 of it made, without tests: `test/fresh-application`
 * - `npm install` links what the application lists and the line names, and no more
 * - `npm start` compiles in this process, by the application's own settings, which takes a fifth of the time of the CLI
 */
export const byLinks = (installed: InstalledPackage): Instead => ({
  'npx @nestjs/cli@12 new': (folder, [name]) =>
    cp(join(ROOT, 'test/fresh-application'), join(folder, name!), { recursive: true }),
  'npm install': (folder, names) => linkAll(installed, folder, names),
  'npm start': async (folder) => compileHost(folder, 'tsconfig.build.json'),
});

async function linkAll(installed: InstalledPackage, folder: string, named: string[]): Promise<void> {
  const { dependencies, devDependencies } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const modules = join(folder, 'node_modules');
  for (const name of [...Object.keys(dependencies), ...named]) {
    await link(join(installed.folder, 'node_modules', name), join(modules, name));
  }
  for (const name of COMPILING.filter((each) => each in devDependencies)) {
    await link(join(ROOT, 'node_modules', name), join(modules, name));
  }
  await link(join(modules, 'nest-eventfold/bin/eventfold.mjs'), join(modules, '.bin/eventfold'));
  await mkdir(join(modules, 'vitest')); // its tsconfig.json asks for the types
  await writeFile(join(modules, 'vitest/globals.d.ts'), 'export {};\n');
}
