/** A process does little while nothing happens, and misses nothing because of that. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { LogListener } from '../../src/event-sourcing/for-service.js';
import { eventually } from '../support/eventually.js';
import { hasPooler, Pooler } from '../support/servers/pooler.js';
import {
  countsOf,
  createTallies,
  type TallyHostOptions,
  type TallyHost,
  startTallyHost,
} from '../support/hosts/tally-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startOn } from '../support/http/test-service.js';

/** How long statements are counted, in ms: the shortest time that tells one a second from ten. */
const WINDOW_MS = 5_000;
/** Longer than a test. */
const NEVER = { turns: { idlePollIntervalMs: 600_000 }, notifications: { checkIntervalMs: 600_000 } };

let database: TestDatabase;
let undo: (() => Promise<unknown>)[];

beforeEach(async () => {
  database = await createTestDatabase();
  undo = [];
});
afterEach(async () => {
  jest.restoreAllMocks();
  for (const step of undo.toReversed()) await step();
  await database.drop();
});

async function start(options: TallyHostOptions, url = database.url): Promise<TallyHost> {
  const host = await startTallyHost({ ...database, url }, options);
  undo.push(() => host.stop());
  return host;
}

const proven = (host: TallyHost) => eventually(() => expect(host.app.get(LogListener).state).toBe('proven'));

/** As if its notification had been lost. */
const appendSilently = (tally: string) =>
  database.query(
    `insert into eventfold.events
       (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
     select coalesce(max(global_position), 0) + 1, $1, 1, gen_random_uuid(), 'tally.ticked',
            jsonb_build_object('tally', $1::text), '{"schemaVersion": 1}', clock_timestamp()
       from eventfold.events`,
    [tally],
  );

const isCounted = (tally: string) =>
  eventually(async () => expect(await countsOf(database)).toMatchObject({ [tally]: 1 }));

it('a service with two read models makes at most about one statement a second while nothing happens', async () => {
  const service = await startOn(database.url);
  undo.push(() => service.stop());
  await eventually(() => expect(service.app.get(LogListener).state).toBe('proven'));
  await sleep(2_500); // the rest of the start, and the first check after it
  const query = jest.spyOn(Client.prototype, 'query');
  await sleep(WINDOW_MS);
  const statements = query.mock.calls.map(([sql]) => sql);
  expect(statements.length).toBeLessThanOrEqual(1.2 * (WINDOW_MS / 1_000));
  expect(statements.length).toBeGreaterThan(0);
});

describe('a process that sleeps since notifications are proven to arrive', () => {
  beforeEach(() => createTallies(database));

  it('finds an event whose notification was lost by its next check', async () => {
    const host = await start({ ...NEVER, notifications: { checkIntervalMs: 50 } });
    await proven(host);
    await appendSilently('lost');
    await isCounted('lost');
  });

  it('polls at once when the connection that listens is lost, and sleeps again later', async () => {
    const host = await start({
      turns: { ...NEVER.turns, pollIntervalMs: 50 },
      notifications: NEVER.notifications,
    });
    await proven(host);
    const listener = host.app.get(LogListener);
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'eventfold listener' and datname = current_database()`,
    );
    await eventually(() => expect(listener.state).toBe('disconnected'));
    await appendSilently('polled');
    await isCounted('polled');
    await proven(host);
  });

  it('takes over what a process that dies has left, by a quick look: it had the checkpoint, and says no word', async () => {
    const host = await start({
      turns: { ...NEVER.turns, pollIntervalMs: 50 },
      notifications: NEVER.notifications,
    });
    await proven(host);
    await host.folded(await host.tick('before'));
    const dying = new Client({ connectionString: database.url });
    await dying.connect();
    await dying.query('begin');
    await dying.query('select from eventfold.projection_checkpoints for update');
    await host.tick('left');
    await sleep(200); // it finds the checkpoint taken, some times
    expect(await countsOf(database)).not.toHaveProperty('left');
    await dying.end();
    await isCounted('left');
  });

  it('begins a rebuild that another process asks for as soon as it is told', async () => {
    const host = await start(NEVER);
    await host.folded(await host.tick('a'));
    const other = await start({ ...NEVER, projections: false });
    await proven(host);
    await other.operations.rebuild('tally', { hold: true });
    await eventually(async () => expect((await other.operations.get('tally')).rebuild?.state).toBe('held'));
  });

  it('finds what an older build has asked for, which tells nobody, by its next check', async () => {
    const host = await start({ ...NEVER, notifications: { checkIntervalMs: 50 } });
    await host.folded(await host.tick('a'));
    await proven(host);
    await database.query(
      `insert into eventfold.projection_rebuilds (projection, hold, state) values ('tally', true, 'requested')`,
    );
    await eventually(async () => expect((await host.operations.get('tally')).rebuild?.state).toBe('held'));
  });

  it('goes on with a projection that is resumed by SQL alone, by its next check', async () => {
    const host = await start({ ...NEVER, notifications: { checkIntervalMs: 50 } });
    await host.folded(await host.tick('a'));
    await proven(host);
    await host.operations.pause('tally');
    await host.tick('b');
    await eventually(() => expect(host.status().status).toBe('paused'));
    await database.query(`update eventfold.projections set paused_at = null where name = 'tally'`);
    await isCounted('b');
  });

  (hasPooler() ? it : it.skip)(
    'does not sleep behind a pooler, in which notifications get lost',
    async () => {
      const pooler = await Pooler.before(database.url);
      undo.push(() => pooler.stop());
      const host = await start(
        {
          turns: { ...NEVER.turns, pollIntervalMs: 50 },
          notifications: { checkIntervalMs: 50, timeoutMs: 100 },
        },
        pooler.url,
      );
      const listener = host.app.get(LogListener);
      const seen = new Set<string>();
      for (let look = 0; look < 50; look++) {
        seen.add(listener.state);
        await sleep(20);
      }
      expect(seen).not.toContain('proven');
      expect(listener.state).toBe('unproven');
      await appendSilently('polled');
      await isCounted('polled');
    },
  );
});
