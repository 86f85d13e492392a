import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { migrationsFor, MODULES_WITH_TABLES } from '../../migrations/index.js';
import {
  EventSourcingModule,
  type EventStore,
  getEventStoreToken,
  ProjectionProgress,
} from '../../src/event-sourcing/index.js';
import {
  createTestDatabase as createDatabase,
  settle,
  startTestApplication,
} from '../../src/testing/index.js';
import { UserProfileModule } from '../../src/user-profile/index.js';
import { UserRegistered } from '../../src/users/user.events.js';
import { gate } from '../support/gate.js';
import {
  countsOf,
  createTallies,
  type TallyHostOptions,
  MAIL,
  type TallyHost,
  startTallyHost,
} from '../support/hosts/tally-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('settling', () => {
  let database: TestDatabase;
  let host: TallyHost;

  beforeEach(async () => {
    database = await createTestDatabase();
    await createTallies(database);
  });
  afterEach(async () => {
    await host.stop();
    await database.drop();
  });
  const start = async (options?: TallyHostOptions) => (host = await startTallyHost(database, options));

  it('waits until projections and reactions have folded all that is in the log', async () => {
    const reacted: number[] = [];
    await start({
      partitions: 2,
      onReaction: ({ position }) => {
        reacted.push(position);
      },
    });
    await host.tick('a', 20);
    await host.tick('b', 10);
    await settle(host.app);
    expect(await countsOf(database)).toEqual({ a: 20, b: 10 });
    expect(reacted).toHaveLength(30);
    await settle(host.app);
  });

  it('does not wait for what is appended later', async () => {
    const [first, second, asked] = [gate(), gate(), gate()];
    await start({ onEvent: ({ position }) => (position === 1 ? first : second).wait() });
    await host.tick('a');
    await first.reached;
    const progress = host.app.get(ProjectionProgress);
    const waitFor = progress.waitFor.bind(progress);
    progress.waitFor = (...wait) => {
      void asked.wait(); // from here on its target is fixed
      return waitFor(...wait);
    };
    const settled = settle(host.app);
    await asked.reached;
    await host.tick('a');
    first.open();
    await second.reached;
    await settled;
    second.open();
  });

  it('names a projection that is paused, at once', async () => {
    await start();
    await host.operations.pause('tally');
    await host.tick('a');
    const started = performance.now();
    await expect(settle(host.app, { within: 50_000 })).rejects.toThrow(
      '"tally" stands still: it is at position 0, paused: Paused by an operator.',
    );
    expect(performance.now() - started).toBeLessThan(25_000);
  });

  it('names the key that is parked, and what its handler threw', async () => {
    await start({
      turns: { retryDelayMs: 1 },
      onEvent: ({ data }) => {
        if (data.tally === 'b') throw new Error('Not this one.');
      },
    });
    await host.tick('a');
    await host.tick('b');
    await expect(settle(host.app)).rejects.toThrow(
      '"tally" has set the key "b" aside, at position 2 (tally.ticked): Not this one.',
    );
    expect(await countsOf(database)).toEqual({ a: 1 });
  });

  it('names what does not get there in time', async () => {
    const { open, reached, wait } = gate();
    await start({ onReaction: wait });
    await host.folded(await host.tick('a'));
    await reached;
    const settling = settle(host.app, { within: 100 });
    await expect(settling.finally(open)).rejects.toThrow(
      `"${MAIL}" stands still: it is at position 0 and has not come to 1, `,
    );
    await settle(host.app);
  });

  it('names what nobody runs', async () => {
    await start({ projections: false });
    await expect(settle(host.app)).rejects.toThrow('"tally" stands still: it was never started.');
  });
});

describe('settling one of several stores', () => {
  it('waits for that one', async () => {
    const database = await createDatabase({
      migrations: ['eventfold', 'billing'].flatMap((schema) =>
        migrationsFor({ schema, modules: MODULES_WITH_TABLES }),
      ),
    });
    const app = await startTestApplication(database.url, {
      imports: [
        EventSourcingModule.forRoot({ name: 'billing', schema: 'billing' }),
        UserProfileModule.forRoot({ store: 'billing', controllers: false }),
      ],
    });
    const userId = '3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10';
    const ada = new UserRegistered({ userId, email: 'ada@example.org', name: 'Ada', initialPreferences: [] });
    await app.get<EventStore>(getEventStoreToken('billing')).appendToStream(`user-${userId}`, 'any', [ada]);
    await settle(app, { store: 'billing' });
    expect(await database.query('select name from billing.user_profiles')).toEqual([{ name: 'Ada' }]);
    await app.close();
    await database.drop();
  });
});
