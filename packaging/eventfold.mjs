#!/usr/bin/env node
// What `npx eventfold` runs in an application that has installed the package.

import { requireSupportedNode } from './launch/supported-node.mjs';

requireSupportedNode();
void run();

async function run() {
  const { endOnSignals } = await import('./launch/early-signals.mjs');
  endOnSignals();
  await import('../eventfold.js');
}
