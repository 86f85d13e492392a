import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

// From dist/bench/ to bench/. The peers are dependencies of bench/package.json alone.
const BENCH = join(import.meta.dirname, '../../bench');

const requireFromBench = createRequire(join(BENCH, 'package.json'));

/** The exports of a peer. They have no types here: the project must compile where the peers are not installed. */
export function importPeer(name: string): unknown {
  return requireFromBench(name);
}

/** A file of a peer that its `exports` do not list. */
export const peerFile = (name: string, path: string) => join(BENCH, 'node_modules', name, path);

/** Installs the peers when they are missing or older than the lock file. */
export function ensurePeers(): void {
  if (modified('node_modules/.package-lock.json') >= modified('package-lock.json')) return;
  console.error('Installing the peers that the bench compares with, into bench/node_modules (npm ci) ...');
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: BENCH,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error('npm ci in bench/ failed; what it said is above.');
}

function modified(path: string): number {
  return statSync(join(BENCH, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
