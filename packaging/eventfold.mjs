#!/usr/bin/env node
// `npx eventfold` runs this file in an application that has installed the package.

import { requireSupportedNode } from './launch/supported-node.mjs';

requireSupportedNode();
void run();

async function run() {
  const { endOnSignals } = await import('./launch/early-signals.mjs');
  endOnSignals();
  await import('../eventfold.js');
}
