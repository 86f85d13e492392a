/**
 * The package as it is published: what `tsc` has made, in a few files. A host waits for each module that it imports to be
 * found, read and linked, and the core has 86 of them.
 *
 * All entries are bundled in one run, so that each class is in one file, whoever shares it: the command line, too, has the
 * `EventfoldError` of the modules. What is imported by `await import()` stays in a file that is only loaded then.
 *
 * Rollup, since it leaves the names of classes alone, which Nest, TypeORM and the OpenAPI document go by. esbuild renames
 * every decorated class, and its `keepNames` defines the name of each closure anew whenever it is made: 0.7 µs, and a
 * projection has one for each event.
 */
import { cpSync, readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';

export default {
  input: {
    index: 'dist/src/event-sourcing/index.js',
    users: 'dist/src/users/index.js',
    viewing: 'dist/src/viewing/index.js',
    'user-profile': 'dist/src/user-profile/index.js',
    'content-popularity': 'dist/src/content-popularity/index.js',
    testing: 'dist/src/testing/index.js',
    migrations: 'dist/migrations/index.js',
    operations: 'dist/src/operations/index.js',
    health: 'dist/src/health/index.js',
    metrics: 'dist/src/metrics/index.js',
    http: 'dist/src/api/index.js',
    cli: 'dist/src/cli/main.js',
    main: 'dist/src/main.js',
  },
  external: (name) => !name.startsWith('.') && !isAbsolute(name),
  plugins: [{ name: 'eventfold', load: withSourceMap, writeBundle: copyTemplates }],
  treeshake: false,
  onwarn: ({ code, message }) => {
    if (code !== 'THIS_IS_UNDEFINED') throw new Error(message); // the helpers of tsc know that it is
  },
  output: {
    dir: 'dist/package',
    manualChunks: { core: ['dist/src/event-sourcing/index.js'] },
    chunkFileNames: 'chunks/[name].js',
    sourcemap: true,
  },
};

/** So that those of the bundles lead to TypeScript. */
function withSourceMap(file) {
  return { code: readFileSync(file, 'utf8'), map: readFileSync(`${file}.map`, 'utf8') };
}

/** `eventfold new` looks for them beside itself, in the bundle as in what `tsc` has made. */
function copyTemplates() {
  const filter = (path) => !path.endsWith('.ts');
  for (const place of ['dist/package/chunks', 'dist/src/cli/new/starter'])
    cpSync('src/cli/new/starter', place, { recursive: true, filter });
}
