/** The published files beside the code: the manifest, the start of the command line, and the documentation. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { licences, writeOfBothForms } from './bundled.js';
import { publishedManifest } from './manifest.js';

export const PACKAGE = 'dist/package';
const PAGES = ['README.md', 'SECURITY.md', 'LICENSE'];
/**
 * Pages that stay in the repository: about its code, its figures and its history, and about running and operating it.
 * Those about writing an application are published.
 */
const OF_THE_REPOSITORY = [
  ...['CHANGELOG.md', 'CONTRIBUTING.md', 'architecture.md', 'benchmarks.md', 'comparison.md'],
  ...[
    'backup.md',
    'command-line.md',
    'console.md',
    'doctor.md',
    'explain.md',
    'failover.md',
    'http-api.md',
    'intake.md',
    'rehearse.md',
    'relay.md',
  ],
  ...['grafana-dashboard.json', 'observability.md', 'operate-a-host.md', 'operations-log.md'],
  ...['remote-projections.md', 'running.md', 'scaling.md', 'simulate.svg'],
];
const LINK = new RegExp(
  `!?\\[([^\\]]*)\\]\\((?:[\\w./-]*/)?(?:${OF_THE_REPOSITORY.join('|')})(?:#[^)]*)?\\)`,
  'g',
);
/** The first lines of every process: a refusal of old versions of Node.js, and an end by signals. */
const LAUNCH = ['supported-node.mjs', 'early-signals.mjs'];

/** A plugin of Rollup that writes the files when the ES modules exist. */
export const publishedFiles = () => ({
  name: 'eventfold-published-files',
  buildStart: () => rmSync(PACKAGE, { recursive: true, force: true }), // publishes no file of an earlier build
  writeBundle: writeFiles,
});

/** Pictures stay in the repository: they are half as large as all the rest. */
const isPublished = (path) => !/\.(mjs|png)$/.test(path) && !OF_THE_REPOSITORY.includes(basename(path));

async function writeFiles() {
  await writeOfBothForms(PACKAGE);
  const manifest = publishedManifest(JSON.parse(readFileSync('package.json', 'utf8')));
  writeFileSync(join(PACKAGE, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  writeFileSync(join(PACKAGE, 'THIRD-PARTY-LICENSES.md'), licences());
  mkdirSync(join(PACKAGE, 'bin/launch'), { recursive: true });
  cpSync('packaging/eventfold.mjs', join(PACKAGE, 'bin/eventfold.mjs'));
  chmodSync(join(PACKAGE, 'bin/eventfold.mjs'), 0o755);
  for (const file of LAUNCH) cpSync(`src/launch/${file}`, join(PACKAGE, 'bin/launch', file));
  cpSync('dist/console', join(PACKAGE, 'console'), { recursive: true });
  // An image is built without the pages.
  for (const page of PAGES) if (existsSync(page)) cpSync(page, join(PACKAGE, page));
  if (existsSync('docs')) {
    cpSync('docs', join(PACKAGE, 'docs'), { recursive: true, filter: isPublished });
  }
  for (const file of readdirSync(PACKAGE, { recursive: true })) shorten(join(PACKAGE, file));
}

/** Links to pages that are not published become their text. */
function shorten(path) {
  if (!path.endsWith('.md')) return;
  writeFileSync(path, readFileSync(path, 'utf8').replace(LINK, '$1'));
}

const HERE = { url: `require('node:url').pathToFileURL(__filename).href`, dirname: '__dirname' };

/** The same for the form in CommonJS, which is below that of ES modules. */
export const commonJsFiles = () => ({
  name: 'eventfold-commonjs-files',
  resolveImportMeta: (property) => HERE[property],
  writeBundle: () => writeFileSync(join(PACKAGE, 'cjs/package.json'), '{ "type": "commonjs" }\n'),
});
