/**
 * The bundles: what `tsc` has made, in a few files. A process waits for each module that it imports to be found, read and
 * linked, and the core has 86 of them.
 *
 * `dist/service` is the service and its command line, as this project runs them, with source maps. `dist/package` is the
 * package as it is published: ES modules, and CommonJS.
 *
 * All entries of one form are bundled in one run, so that each class is in one file, whoever shares it: the command line,
 * too, has the `EventfoldError` of the modules. What is imported by `await import()` stays in a file that is only loaded
 * then.
 *
 * Rollup, since it leaves the names of classes alone, which Nest, TypeORM and the OpenAPI document go by. esbuild renames
 * every decorated class, and its `keepNames` defines the name of each closure anew whenever it is made: 0.7 µs, and a
 * projection has one for each event.
 */
import { cpSync, readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { bundled, foundFolder, isBundled, PATHS } from './packaging/bundled.js';
import { inputs } from './packaging/entries.js';
import { minified } from './packaging/minified.js';
import { SWAGGER, optionalSwagger } from './packaging/optional-swagger.js';
import { PACKAGE, commonJsFiles, publishedFiles } from './packaging/published-files.js';

const isPackage = (name) => !name.startsWith('.') && !isAbsolute(name);

const shared = {
  treeshake: false,
  onwarn: ({ code, message }) => {
    if (code !== 'THIS_IS_UNDEFINED') throw new Error(message); // the helpers of tsc know that it is
  },
};

const output = {
  // What help and usage of the command line take of the core stays beside it: they load nothing else.
  manualChunks: {
    core: ['dist/src/event-sourcing/index.js', 'dist/src/event-sourcing/for-service.js'],
    help: [
      'dist/src/api/example-user.js',
      'dist/src/event-sourcing/log/verify/log-digest.js',
      'dist/src/event-sourcing/postgres/integer.js',
      'dist/src/event-sourcing/projection/operate/projection-states.js',
      'dist/src/event-sourcing/relay/relay-states.js',
    ],
    // What the routes of operators and the commands share. It loads nothing else either.
    acts: [
      'dist/src/operations/act.js',
      'dist/src/operations/latest-first.js',
      'dist/src/operations/parked-key-acts.js',
      'dist/src/operations/parked-key-page.js',
      'dist/src/operations/process-acts.js',
      'dist/src/operations/projection-acts.js',
      'dist/src/operations/row-acts.js',
      'dist/src/operations/timer-acts.js',
      'dist/src/operations/timer-page.js',
    ],
    // What routes and commands share of requests. It needs the core, and nothing of the routes.
    cursor: [
      'dist/src/api/request/cursor.js',
      'dist/src/api/request/field-errors.js',
      'dist/src/api/request/invalid-request.error.js',
      'dist/src/operations/process-page.js',
    ],
    // What every route with fields needs.
    request: [
      'dist/src/api/request/fields.js',
      'dist/src/api/request/paging.js',
      'dist/src/api/request/path-uuid.js',
      'dist/src/api/request/validation.js',
    ],
  },
  chunkFileNames: 'chunks/[name].js',
};

const published = {
  ...shared,
  external: (name) => isPackage(name) && !isBundled(name) && !name.includes(SWAGGER),
};

const CLI = 'dist/src/cli/main.js';

const service = {
  ...shared,
  external: isPackage,
  input: { main: 'dist/src/main.js', cli: CLI },
  plugins: [{ name: 'eventfold', load: withSourceMap, writeBundle: copyTemplates }],
  output: { ...output, dir: 'dist/service', sourcemap: true },
};

const modules = {
  ...published,
  input: { ...inputs(), eventfold: CLI },
  plugins: [
    bundled(),
    optionalSwagger('es'),
    minified(),
    foundFolder(),
    { name: 'eventfold', writeBundle: copyTemplates },
    publishedFiles(),
  ],
  output: { ...output, dir: PACKAGE, paths: PATHS },
};

/** `command` is for an application that has this form: `src/cli/host/command-of-app.ts`. */
const commonJs = {
  ...published,
  input: { ...inputs(), command: 'dist/src/cli/cli.js' },
  plugins: [
    bundled(),
    optionalSwagger('cjs'),
    minified(),
    foundFolder('cjs'),
    { name: 'eventfold', writeBundle: copyTemplates },
    commonJsFiles(),
  ],
  output: {
    ...output,
    dir: `${PACKAGE}/cjs`,
    paths: PATHS,
    format: 'cjs',
    interop: 'auto',
    exports: 'named',
  },
};

/** All of it, or with `--configOf service` or `--configOf package` that part of it. */
export default async ({ configOf = 'all' }) => [
  ...(configOf === 'service' ? [] : await ofPackage()),
  ...(configOf === 'package' ? [] : [service]),
];

/** Loads TypeScript only where it is needed: a service that is started is bundled first. */
async function ofPackage() {
  const { declarations } = await import('./packaging/declarations.js');
  const { PARTS } = await import('./dist/src/event-sourcing/module/stores.js');
  return [
    modules,
    commonJs,
    declarations(
      PACKAGE,
      PARTS.map(({ name }) => name),
    ),
  ];
}

/** So that those of the bundles lead to TypeScript. */
function withSourceMap(file) {
  return { code: readFileSync(file, 'utf8'), map: readFileSync(`${file}.map`, 'utf8') };
}

/** `eventfold new` looks for them beside itself, in the bundles as in what `tsc` has made. */
function copyTemplates({ dir }) {
  const filter = (path) => !path.endsWith('.ts');
  for (const place of [`${dir}/chunks`, 'dist/src/cli/new/starter'])
    cpSync('src/cli/new/starter', place, { recursive: true, filter });
}
