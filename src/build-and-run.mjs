// What `npm start` and its like run: builds when sources changed, then runs the script named first, in this same
// process, so that signals reach it directly.
//
//   node src/build-and-run.mjs package/main.js [options of the script]

import { requireSupportedNode } from './supported-node.mjs';
import { join } from 'path';
import { pathToFileURL } from 'url';

requireSupportedNode();
void import('./fresh-build.mjs').then(({ ensureFreshBuild, root }) => {
  ensureFreshBuild();
  const script = join(root, 'dist', process.argv[2]);
  process.argv.splice(1, 2, script);
  return import(pathToFileURL(script).href);
});
