import { setTimeout as sleep } from 'node:timers/promises';
import { ProjectionOperations, ProjectionProgress } from '../../src/event-sourcing/index.js';
import type { Figures } from '../figures.js';
import { openEventfold } from '../open-eventfold.js';
import type { PartContext } from '../part.js';
import { withClient } from '../server.js';
import { forgetProfiles, type LogOfUsers } from './log-of-users.js';

const SETTLE_MS = 200;

/** The service on the schema of the log, with projections. */
export const openFolding = ({ url }: PartContext, { schema }: LogOfUsers) =>
  openEventfold(url, { DATABASE_SCHEMA: schema, PROJECTIONS: 'on', READ_AFTER_TIMEOUT_MS: '600000' });

/** Folds the last events of the log into profiles again, in a new application. */
export async function catchUp(context: PartContext, log: LogOfUsers, folded: number): Promise<Figures> {
  await withClient(context.url, (client) => forgetProfiles(client, log, folded));
  const app = await openFolding(context, log);
  try {
    await sleep(SETTLE_MS); // the runners see that they are paused, and sleep
    const start = performance.now();
    await app.get(ProjectionOperations).resume('user-profile');
    await app.get(ProjectionProgress).waitFor('user-profile', log.events);
    return { rate: folded / ((performance.now() - start) / 1_000) };
  } finally {
    await app.close();
  }
}
