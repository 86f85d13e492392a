// What `npm start` and its like run: builds when sources changed, then runs the script named first, in this same
// process, so that signals reach it directly.
//
//   node src/build-and-run.mjs package/main.js [options of the script]

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureFreshBuild, root } from './fresh-build.mjs';

ensureFreshBuild();
const script = join(root, 'dist', process.argv[2]);
process.argv.splice(1, 2, script);
await import(pathToFileURL(script).href);
