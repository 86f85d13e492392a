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

/** Parts that a test may make by itself. */
const OF_TESTS = ['CurrentTurn', 'EventRegistry'];

/**
 * Nest makes the parts of an event store. The parameters of their constructors would declare all that is inside.
 *
 * @param parts the names of the classes
 */
const withoutParameters = (parts) => ({
  name: 'eventfold-parts',
  transform(code, id) {
    if (!id.endsWith('.d.ts')) return null;
    return code
      .replace(PRIVATE_COMMENT, '')
      .replace(CLASS_WITH_CONSTRUCTOR, (text, head, name) =>
        parts.includes(name) && !OF_TESTS.includes(name) ? `${head}constructor(...parts: unknown[]);` : text,
      );
  },
});

/** The comment of a private member. Only its name is declared, so that another class is not taken for this one. */
const PRIVATE_COMMENT = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*(?=private )/g;
const CLASS_WITH_CONSTRUCTOR =
  /((?:export )?declare class (\w+)(?:(?!\nexport |\ndeclare )[\s\S])*?\n    )constructor\([^;]*\);/g;

/** A configuration of Rollup that writes them for ES modules, and for CommonJS. */
export const declarations = (folder, parts) => ({
  input: INPUT,
  external: (name) => !/^[./]|^dist\//.test(name),
  treeshake: { moduleSideEffects: false },
  onwarn: ({ message }) => {
    if (!NO_ENTRY_EXPORTS_A_TYPE.test(message)) throw new Error(message);
  },
  plugins: [
    withoutParameters(parts),
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
