import type { INestApplicationContext } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProjectionOperations, ProjectionProgress } from '../../src/event-sourcing/index.js';
import { openEventfold } from '../open-eventfold.js';
import { withClient } from '../server.js';
import type { FoldingProgram } from './folding-program.js';

/** Each projection with its tables. */
const TABLES = {
  'user-profile': ['user_profiles'],
  'content-popularity': ['content_popularity', 'content_viewers'],
} as const;

export type ProjectionName = keyof typeof TABLES;

const SETTLE_MS = 200;

/** Longer than any catch-up here. */
const ENVIRONMENT = { PROJECTIONS: 'on', READ_AFTER_TIMEOUT_MS: '600000' };

/** Folds the whole log with both projections, so that the database knows them. */
export async function catchUpFirst(url: string, head: number): Promise<void> {
  const app = await openEventfold(url, ENVIRONMENT);
  const progress = app.get(ProjectionProgress);
  try {
    await Promise.all(progress.names.map((name) => progress.waitFor(name, head)));
  } finally {
    await app.close();
  }
}

/**
 * The service's application, which folds some of its projections while the others stand still. All are paused while it
 * starts. The time runs from `resume`, when the first turn begins, until all have caught up.
 *
 * @param open starts an application with the read models on that database. Default: the service's own
 */
export function eventfold(
  url: string,
  names: readonly ProjectionName[],
  open: () => Promise<INestApplicationContext> = () => openEventfold(url, ENVIRONMENT),
): FoldingProgram {
  const tables = names.flatMap((name) => TABLES[name]);
  return {
    name: 'eventfold',
    rows: Object.fromEntries(tables.map((table) => [table, `table eventfold.${table}`])),
    fold: async (upTo) => {
      await reset(url, names, tables);
      const app = await open();
      const [operations, progress] = [app.get(ProjectionOperations), app.get(ProjectionProgress)];
      try {
        await sleep(SETTLE_MS); // the runners see that they are paused, and sleep
        const start = performance.now();
        const caughtUp = names.map(async (name) => {
          await operations.resume(name);
          await progress.waitFor(name, upTo);
        });
        await Promise.all(caughtUp);
        return performance.now() - start;
      } finally {
        await app.close();
      }
    },
  };
}

async function reset(url: string, names: readonly string[], tables: readonly string[]): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(`truncate ${tables.map((table) => `eventfold.${table}`).join(', ')}`);
    await client.query('update eventfold.projections set paused_at = clock_timestamp()');
    await client.query(
      `update eventfold.projection_checkpoints set position = 0 where projection = any ($1)`,
      [names],
    );
  });
}
