import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { ProjectionOperations } from '../../event-sourcing/index.js';
import { partOf } from '../parts.js';
import { settled, StandsStillError } from '../settle.js';
import type { ConformanceRun } from './conformance-run.js';
import type { LikelyCause } from './report.js';

/** Larger than any history. */
const ALL = 1_000_000;
/** A few events in each turn, so that a short history has many. */
const FEW = 2;
/** Partitions that instances compete for. */
const PARTITIONS = 3;
/** How long a rebuild of a history may take, in ms, and how often the kit looks. */
const REBUILD_MS = 30_000;
const LOOK_MS = 50;

/** A way to fold the history. It must lead to the rows of folding it once. */
export interface Check {
  name: string;
  instances: number;
  fold: (run: ConformanceRun) => Promise<void>;
  /** The likely cause of other rows, when folding all at once goes well. */
  suspect: LikelyCause;
}

export const ONCE: Check = {
  name: 'Folded once',
  instances: 1,
  fold: (run) => run.fold(ALL),
  suspect: 'handler-fails',
};

export const AGAIN: Check = {
  name: 'Folded again, from empty tables',
  instances: 1,
  fold: (run) => run.fold(ALL),
  suspect: 'not-deterministic',
};

/** Cheap checks come first, so the cheapest possible check finds a fault. */
export const CHECKS: readonly Check[] = [
  AGAIN,
  ...[1, 2, 3, 7].map((size): Check => ({
    name: `By turns of ${size}`,
    instances: 1,
    fold: (run) => run.fold(size),
    suspect: 'depends-on-turns',
  })),
  {
    name: 'Cut off between fold and commit',
    instances: 1,
    fold: (run) => run.foldThroughCuts(FEW),
    suspect: 'state-in-memory',
  },
  {
    name: 'By two instances in turn',
    instances: 2,
    fold: (run) => run.fold(FEW),
    suspect: 'state-in-memory',
  },
  {
    name: `By two instances at once, on ${PARTITIONS} partitions`,
    instances: 2,
    fold: (run) => run.compete(FEW, PARTITIONS),
    suspect: 'state-in-memory',
  },
];

/** Rebuilds all projections, by the application's own workers. @throws StandsStillError */
export async function rebuild(
  app: INestApplicationContext,
  names: readonly string[],
  store?: string,
): Promise<void> {
  await settled(app, names, { within: REBUILD_MS, ...(store !== undefined && { store }) });
  const operations = partOf(app, ProjectionOperations, store);
  for (const name of names) {
    await operations.rebuild(name);
    for (const deadline = performance.now() + REBUILD_MS; ; await sleep(LOOK_MS)) {
      const { rebuild: underWay, lastRebuild } = await operations.get(name);
      if (underWay === null && lastRebuild !== null) break;
      if (underWay?.state === 'held') await operations.release(name); // the comparison shows rows that it deletes
      if (performance.now() > deadline)
        throw new StandsStillError(name, `is not rebuilt after ${REBUILD_MS / 1_000} s.`);
    }
  }
}
