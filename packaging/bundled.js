/**
 * The packages that are bundled. Only the command line needs most of them, so hosts need not install them. `uuid` is
 * bundled because it has no CommonJS. Rolldown makes one module of each, since Rollup reads no CommonJS.
 *
 * Those of the command line alone have a file of their own in CommonJS, which both forms of the code load: a class of
 * theirs never meets one of the other form.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { rolldown } from 'rolldown';

/** The imported names of each package. */
const BUNDLED = {
  '@nestjs/config': '{ ConfigModule }',
  'cli-progress': '{ default }',
  'cli-table3': '{ default }',
  commander: '{ Command, CommanderError, Option }',
  tslib: '{ __decorate, __metadata, __param }',
  uuid: '{ v5, v7 }',
};
const OF_BOTH_FORMS = ['cli-progress', 'cli-table3', 'commander'];
/** Their folder in the package. */
const FOLDER = 'cjs/bundled';
/** The packages that Vite has bundled into the page of the console. */
const OF_THE_PAGE = ['preact', '@preact/signals', '@preact/signals-core', 'eventsource-parser', 'uplot'];
const PREFIX = 'bundled:';
const PEERS = /^(@nestjs\/(common|core)|reflect-metadata|rxjs)(\/|$)/;

/** The folders of all bundled packages, including the dependencies of the listed ones. */
const folders = new Set();

/** Whether the package has no file of its own. */
export const isBundled = (name) =>
  (name in BUNDLED && !OF_BOTH_FORMS.includes(name)) || name.startsWith(PREFIX);

/** For Rollup's `paths`: stands for the folder, until `foundFolder` knows the chunk. */
export const PATHS = Object.fromEntries(OF_BOTH_FORMS.map((name) => [name, `${PREFIX}${name}.js`]));

/** A plugin of Rollup: chunks load the packages of both forms from their folder. @param dir the chunks' in the package */
export const foundFolder = (dir = '.') => ({
  name: 'eventfold-bundled-folder',
  renderChunk(code, { fileName }) {
    const folder = relative(dirname(join(dir, fileName)), FOLDER).replaceAll('\\', '/');
    return code.replaceAll(PREFIX, `${folder.startsWith('.') ? '' : './'}${folder}/`);
  },
});

/** Writes the files of the packages of both forms. */
export async function writeOfBothForms(dir) {
  mkdirSync(join(dir, FOLDER), { recursive: true });
  for (const name of OF_BOTH_FORMS)
    writeFileSync(join(dir, FOLDER, `${name}.js`), await codeOf(name, { format: 'cjs', minify: true }));
}

/** A plugin of Rollup. */
export const bundled = () => ({
  name: 'eventfold-bundled',
  resolveId: (name) => (isBundled(name) ? `${PREFIX}${name}` : undefined),
  load: (id) => (id.startsWith(PREFIX) ? codeOf(id.slice(PREFIX.length)) : undefined),
});

async function codeOf(name, output = { format: 'esm' }) {
  const entry = join(process.cwd(), `${PREFIX}entry.js`);
  const plugin = {
    name: 'eventfold-entry',
    resolveId: (id) => (id === entry ? id : undefined),
    load: (id) => (id === entry ? `export ${BUNDLED[name]} from '${name}';` : undefined),
  };
  const bundle = await rolldown({ input: entry, platform: 'node', external: PEERS, plugins: [plugin] });
  const [{ moduleIds, code }] = (await bundle.generate(output)).output;
  await bundle.close();
  for (const id of moduleIds) noteFolderOf(id);
  return code;
}

function noteFolderOf(id) {
  const [, folder] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll('\\', '/')) ?? [];
  if (folder !== undefined) folders.add(folder);
}

/** The licences of the bundled packages, as they require. */
export function licences() {
  const parts = [...folders, ...OF_THE_PAGE.map((name) => join(process.cwd(), 'node_modules', name))]
    .toSorted((a, b) => a.localeCompare(b))
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
      const text =
        file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8').trim() : '';
      return `## ${name} ${version} (${license})\n\n${text}\n`;
    });
  return `# Packages that are bundled in this one\n\n${[...new Set(parts)].join('\n')}`;
}
