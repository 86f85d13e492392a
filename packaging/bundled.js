/**
 * The packages that are bundled. Only the command line needs most of them, so hosts need not install them. `uuid` is
 * bundled because it has no CommonJS. Rolldown makes one module of each, since Rollup reads no CommonJS.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** The imported names of each package. */
const BUNDLED = {
  '@nestjs/config': '{ ConfigModule }',
  'cli-progress': '{ Presets, SingleBar }',
  'cli-table3': '{ default }',
  commander: '{ Command, CommanderError, Option }',
  tslib: '{ __decorate, __metadata, __param }',
  uuid: '{ v5, v7 }',
};
/** The packages that Vite has bundled into the page of the console. */
const OF_THE_PAGE = ['preact', '@preact/signals', '@preact/signals-core', 'eventsource-parser', 'uplot'];
const PREFIX = 'bundled:';
const PEERS = /^(@nestjs\/(common|core)|reflect-metadata|rxjs)(\/|$)/;

/** The folders of all bundled packages, including the dependencies of the listed ones. */
const folders = new Set();

export const isBundled = (name) => name in BUNDLED || name.startsWith(PREFIX);

/** A plugin of Rollup. */
export const bundled = () => ({
  name: 'eventfold-bundled',
  resolveId: (name) => (name in BUNDLED ? `${PREFIX}${name}` : undefined),
  load: (id) => (id.startsWith(PREFIX) ? codeOf(id.slice(PREFIX.length)) : undefined),
});

async function codeOf(name) {
  const entry = join(process.cwd(), `${PREFIX}entry.js`);
  const plugin = {
    name: 'eventfold-entry',
    resolveId: (id) => (id === entry ? id : undefined),
    load: (id) => (id === entry ? `export ${BUNDLED[name]} from '${name}';` : undefined),
  };
  const bundle = await rolldown({ input: entry, platform: 'node', external: PEERS, plugins: [plugin] });
  const { output } = await bundle.generate({ format: 'esm' });
  await bundle.close();
  for (const id of output[0].moduleIds) noteFolderOf(id);
  return output[0].code;
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
