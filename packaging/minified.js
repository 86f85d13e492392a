/**
 * Makes the published code small: it loses comments, line breaks and the names of local variables, a third of it. Users
 * read the comments of the declarations. Classes and functions keep their names, which errors and Nest show.
 */
import { transform } from '@swc/core';

const SHORT_NAMES = { topLevel: true, keep_classnames: true, keep_fnames: true };

const optionsFor = (isModule) => ({
  swcrc: false,
  configFile: false,
  isModule,
  minify: true,
  jsc: {
    target: 'es2023',
    parser: { syntax: 'ecmascript' },
    minify: { compress: false, mangle: SHORT_NAMES, format: { comments: false } },
  },
});

/** A plugin of Rollup. */
export const minified = () => ({
  name: 'eventfold-minified',
  renderChunk: (code, _chunk, { format }) => transform(code, optionsFor(format === 'es')),
});
