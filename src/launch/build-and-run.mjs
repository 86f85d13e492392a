// Runs `npm start` and similar scripts: builds when sources changed, then runs the script named first, in this same
// process, so that signals reach it directly.
//
//   node src/launch/build-and-run.mjs service/main.js [options of the script]

import { join } from 'path';
import { pathToFileURL } from 'url';
import { requireSupportedNode } from './supported-node.mjs';

requireSupportedNode();
void buildAndRun(process.argv[2]);

async function buildAndRun(name) {
  const { endOnSignals } = await import('./early-signals.mjs');
  endOnSignals(name === 'service/main.js' ? 0 : undefined); // for a service, an order to stop is no failure
  const { watchParent } = await import('./parent-watch.mjs');
  watchParent();
  const { ensureFreshBuild, root } = await import('./fresh-build.mjs');
  await ensureFreshBuild();
  const script = join(root, 'dist', name);
  process.argv.splice(1, 2, script);
  await import(pathToFileURL(script).href);
}
