import type { INestApplicationContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStore } from '../../src/event-sourcing/index.js';
import { UserPreferencesUpdated, UserRegistered } from '../../src/users/user.events.js';
import { UserRepository } from '../../src/users/user.repository.js';
import type { PartContext, Part } from '../part.js';
import { inTurn, measure } from '../measure.js';
import type { Measurement } from '../figures.js';
import { openEventfold } from '../open-eventfold.js';
import { withClient } from '../server.js';

const LONG = 10_000;
/** The number of aggregates of each length. */
const AGGREGATES = 4;
const CHUNK = 500;
const SNAPSHOT_WITHIN_MS = 10_000;
/** Without a cache, every load goes to the database. */
const NO_CACHE = { AGGREGATE_CACHE_SIZE: '0' };

const WORK = 'load of an aggregate, 1 client';
const SHORT_ONE = '1 event';
const WITH_SNAPSHOT = '10,000 events, snapshot';
const WITHOUT = '10,000 events, no snapshot';

export const loads: Part = {
  name: 'loads',
  about: 'repository.find, nothing cached',
  run: async (context) => {
    const withSnapshots = await openEventfold(context.url, { ...NO_CACHE, SNAPSHOT_EVERY: '100' });
    const without = await openEventfold(context.url, { ...NO_CACHE, SNAPSHOT_EVERY: '1000000' });
    try {
      return await loadAll(context, withSnapshots, without);
    } finally {
      await withSnapshots.close();
      await without.close();
    }
  },
  claims: [{ work: WORK, of: WITH_SNAPSHOT, against: SHORT_ONE, figure: 'p50', atMost: 3 }],
};

async function loadAll(
  context: PartContext,
  withSnapshots: INestApplicationContext,
  without: INestApplicationContext,
): Promise<Measurement[]> {
  const short = await writeUsers(context, without, 1);
  const long = await writeUsers(context, without, LONG);
  const snapshotted = await writeUsers(context, withSnapshots, LONG);
  for (const userId of snapshotted) await snapshotOf(context, userId);
  return inTurn(
    context,
    { work: WORK, unit: 'loads/s' },
    {
      [SHORT_ONE]: loading(context, withSnapshots, short, 1),
      [WITH_SNAPSHOT]: loading(context, withSnapshots, snapshotted, LONG),
      [WITHOUT]: loading(context, without, long, LONG),
    },
  );
}

/** Users of `length` events. The repository appends the last event, and so takes the snapshot. */
async function writeUsers(
  { stop, progress }: PartContext,
  app: INestApplicationContext,
  length: number,
): Promise<string[]> {
  const users = Array.from({ length: AGGREGATES }, () => randomUUID());
  progress.tell(`writing ${AGGREGATES} aggregates of ${length.toLocaleString('en')} events`);
  for (const userId of users) {
    for (let version = 0; version < Math.max(length - 1, 1); version += CHUNK) {
      stop.throwIfAborted();
      const events = historyOf(userId, version, Math.min(version + CHUNK, Math.max(length - 1, 1)));
      await app.get(EventStore).appendToStream(`user-${userId}`, version, events);
    }
    if (length > 1) await repositoryOf(app).update(userId, (user) => user.updatePreferences(['the last']));
  }
  return users;
}

function historyOf(userId: string, from: number, to: number) {
  return Array.from({ length: to - from }, (_, index) => {
    const version = from + index;
    if (version === 0) {
      const email = `${userId}@example.org`;
      return new UserRegistered({ userId, email, name: 'Ada', initialPreferences: ['drama'] });
    }
    const [oldPreferences, newPreferences] = [
      ['drama', `set ${version - 1}`],
      ['drama', `set ${version}`],
    ];
    return new UserPreferencesUpdated({ userId, oldPreferences, newPreferences });
  });
}

/** Waits for the snapshot, which is written after the append, in the background. */
async function snapshotOf({ url, stop }: PartContext, userId: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ there: boolean }>(
      `select to_regclass('eventfold.snapshots') is not null as there`,
    );
    if (!rows[0]!.there)
      throw new Error('There is no table eventfold.snapshots: this version takes no snapshots.');
    const deadline = performance.now() + SNAPSHOT_WITHIN_MS;
    const sql = `select 1 from eventfold.snapshots where stream_id = $1`;
    while ((await client.query(sql, [`user-${userId}`])).rowCount === 0) {
      if (performance.now() > deadline) throw new Error(`No snapshot of user ${userId} came.`);
      await sleep(50, undefined, { signal: stop });
    }
  });
}

function loading(
  context: PartContext,
  app: INestApplicationContext,
  users: readonly string[],
  length: number,
) {
  let next = 0;
  const loadNext = async () => {
    const user = await repositoryOf(app).find(users[next++ % users.length]!);
    if (user?.version !== length)
      throw new Error(`A user of ${length} events was loaded at ${user?.version}`);
  };
  return () => measure(context, { clients: 1 }, loadNext);
}

const repositoryOf = (app: INestApplicationContext) => app.get(UserRepository, { strict: false });
