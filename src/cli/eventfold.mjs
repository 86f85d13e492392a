#!/usr/bin/env node
// `npx eventfold` runs this file, not the built one: a build leaves that without the right to be executed, which npx
// grants once, and before the first build there is none. In a clone it builds when sources changed, as `npm start`
// does.

import { requireSupportedNode } from '../launch/supported-node.mjs';

requireSupportedNode();
void buildAndRun();

async function buildAndRun() {
  const { endOnSignals } = await import('../launch/early-signals.mjs');
  endOnSignals();
  const { ensureFreshBuild } = await import('../launch/fresh-build.mjs');
  await ensureFreshBuild();
  await import('../../dist/service/cli.js');
}
