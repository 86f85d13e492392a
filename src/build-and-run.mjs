// What `npm start` and its like run: builds when sources changed, then runs the script named first, in this same
// process, so that signals reach it directly.
//
//   node src/build-and-run.mjs package/main.js [options of the script]

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { endOnSignals } from './early-signals.mjs';
import { ensureFreshBuild, root } from './fresh-build.mjs';
import { watchParent } from './parent-watch.mjs';

const name = process.argv[2];
endOnSignals(name === 'package/main.js' ? 0 : undefined); // a service that is told to stop has not failed
watchParent();
await ensureFreshBuild();
const script = join(root, 'dist', name);
process.argv.splice(1, 2, script);
await import(pathToFileURL(script).href);
