#!/usr/bin/env node
// What `npx eventfold` runs. Not the built file: a build leaves that without the right to be executed, which npx
// grants once, and before the first build there is none. In a clone it builds when sources changed, as `npm start` does.

import { endOnSignals } from '../early-signals.mjs';
import { ensureFreshBuild } from '../fresh-build.mjs';

endOnSignals();
await ensureFreshBuild();
await import('../../dist/package/cli.js');
