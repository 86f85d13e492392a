/**
 * Makes the published code small: it loses comments, line breaks and the names of local variables, and statements become
 * shorter. Users read the comments of the declarations. Classes and functions keep their names, which errors and Nest
 * show.
 */
import { transform } from '@swc/core';

/** What makes the same statements shorter. Without `defaults: false`, functions would move into their callers. */
const SHORT_STATEMENTS = {
  ...{
    defaults: false,
    booleans: true,
    comparisons: true,
    conditionals: true,
    dead_code: true,
    evaluate: true,
  },
  ...{ if_return: true, join_vars: true, properties: true, sequences: true },
  ...{ passes: 2 },
};

const SHORT_NAMES = { topLevel: true, keep_classnames: true, keep_fnames: true };

const optionsFor = (isModule) => ({
  swcrc: false,
  configFile: false,
  isModule,
  minify: true,
  jsc: {
    target: 'es2023',
    parser: { syntax: 'ecmascript' },
    minify: { compress: SHORT_STATEMENTS, mangle: SHORT_NAMES, format: { comments: false } },
  },
});

/** A plugin of Rollup. */
export const minified = () => ({
  name: 'eventfold-minified',
  renderChunk: (code, _chunk, { format }) => transform(code, optionsFor(format === 'es')),
});
