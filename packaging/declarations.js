/**
 * The declarations of the entries, bundled from what `tsc` has made: one file an entry, and chunks of what entries share.
 * What no entry leads to is left out. Each class is declared in one file, so a host may pass an `EventStore` of one entry
 * to another entry, and of one form of the package to the other form.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dts } from 'rollup-plugin-dts';
import { ENTRIES, fileOf } from './entries.js';

const INPUT = Object.fromEntries(
  Object.entries(ENTRIES).map(([entry, source]) => [fileOf(entry), `dist/${source}.d.ts`]),
);

/** The plugin means errors of the hosts that name an internal type. `exports` has never let a host do so. */
const NO_ENTRY_EXPORTS_A_TYPE = /still references private shared type exports/;

/** A configuration of Rollup that writes them for ES modules, and for CommonJS. */
export const declarations = (folder) => ({
  input: INPUT,
  external: (name) => !/^[./]|^dist\//.test(name),
  treeshake: { moduleSideEffects: false },
  onwarn: ({ message }) => {
    if (!NO_ENTRY_EXPORTS_A_TYPE.test(message)) throw new Error(message);
  },
  plugins: [
    dts({ tsconfig: 'tsconfig.json' }),
    { name: 'eventfold-commonjs-declarations', writeBundle: () => writeCommonJs(join(folder, 'cjs/types')) },
  ],
  output: {
    dir: join(folder, 'types'),
    entryFileNames: '[name].d.ts',
    chunkFileNames: ({ name }) => `chunks/${name.replace(/\.d$/, '')}.d.ts`,
    hoistTransitiveImports: false,
    minifyInternalExports: false,
  },
});

/**
 * TypeScript takes a declaration for an ES module or for CommonJS by the nearest `package.json`, so CommonJS has files of
 * its own. TypeScript refuses that they lead to ES modules where `module` is `node16` or `node18`. Declarations run
 * nowhere, and Node.js finds CommonJS.
 */
function writeCommonJs(folder) {
  mkdirSync(folder, { recursive: true });
  for (const file of Object.keys(INPUT))
    writeFileSync(join(folder, `${file}.d.ts`), `// @ts-ignore\nexport * from '../../types/${file}.js';\n`);
}
