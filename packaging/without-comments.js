/**
 * Removes the comments of the code: users read those of the declarations, and the package is a sixth smaller. Code that
 * no service runs also loses its line breaks and the names of its local variables, a third of it. That is the form in
 * CommonJS, for test runners and Plug'n'Play, and the command line. Classes and functions keep their names, which
 * errors and Nest show.
 */
import { transform } from '@swc/core';

const SHORT_NAMES = { topLevel: true, keep_classnames: true, keep_fnames: true };

/** The command line with the settings of the service that it reads, and what is bundled for it. */
const IN_COMMAND_LINE = /^\0|^bundled:|[\\/](node_modules|cli|service)[\\/]/; // also what plugins add

const optionsFor = (isModule, minify) => ({
  swcrc: false,
  configFile: false,
  isModule,
  minify,
  jsc: {
    target: 'es2023',
    parser: { syntax: 'ecmascript' },
    minify: { compress: false, mangle: minify && SHORT_NAMES, format: { comments: false } },
  },
});

/** A plugin of Rollup. */
export const withoutComments = () => ({
  name: 'eventfold-without-comments',
  renderChunk: (code, { moduleIds }, { format }) => {
    const isModule = format === 'es';
    const isRunByServices = isModule && !moduleIds.every((id) => IN_COMMAND_LINE.test(id));
    return transform(code, optionsFor(isModule, !isRunByServices));
  },
});
