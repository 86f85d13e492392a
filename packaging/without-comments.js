/**
 * The declarations have the comments that users read. Without those of the code the package is a sixth smaller. The form
 * in CommonJS is without line breaks as well, which is a tenth: no service runs it, only test runners do.
 */
import { transform } from '@swc/core';

const OPTIONS = {
  swcrc: false,
  configFile: false,
  jsc: {
    target: 'es2023',
    parser: { syntax: 'ecmascript' },
    minify: { compress: false, mangle: false, format: { comments: false } },
  },
};

/** A plugin of Rollup. */
export const withoutComments = () => ({
  name: 'eventfold-without-comments',
  renderChunk: (code, _chunk, { format }) =>
    transform(code, { ...OPTIONS, isModule: format === 'es', minify: format === 'cjs' }),
});
