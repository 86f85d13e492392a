/**
 * The builds that run may disagree about the revision of a projection. The tests say which of them folds its rows, and
 * who is told when none does.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import {
  countsOf,
  createTallies,
  type TallyHostOptions,
  type TallyHost,
  startTallyHost,
} from '../support/hosts/tally-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('the rows of a projection', () => {
  let database: TestDatabase;
  let hosts: TallyHost[];

  beforeEach(async () => {
    database = await createTestDatabase();
    await createTallies(database);
    hosts = [];
  });
  afterEach(async () => {
    for (const host of hosts) await host.stop();
    await database.drop();
  });

  const start = async (options?: TallyHostOptions) => {
    const host = await startTallyHost(database, options);
    hosts.push(host);
    return host;
  };
  const stop = async (host: TallyHost) => {
    hosts.splice(hosts.indexOf(host), 1);
    await host.stop();
  };
  const statusIs = (host: TallyHost, expected: object) =>
    eventually(async () => expect(await host.operations.get('tally')).toMatchObject(expected));

  it('are those of the settings that were started last, once, and not by turns', async () => {
    const first = await start({ settings: 'halfLife=24h' });
    await first.folded(await first.tick('a', 3));
    const second = await start({ settings: 'halfLife=12h' });
    await statusIs(second, { revision: '1 halfLife=12h', rebuild: null, lastRebuild: {} });
    await second.folded(await second.tick('a'));
    const { lastRebuild } = await second.operations.get('tally');
    await eventually(() => expect(first.status().status).toBe('standing-by'));
    await second.folded(await second.tick('b'));
    await statusIs(second, { revision: '1 halfLife=12h', status: 'running', lastRebuild });
    expect(await countsOf(database)).toEqual({ a: 4, b: 1 });

    // The instance that folds goes away. No other takes its place by itself, and the status says so with the cure.
    await stop(second);
    await statusIs(first, {
      status: 'standing-by',
      reason: expect.stringMatching(
        /^No process folds it: its rows are of revision "1 halfLife=12h", and the processes have "1 halfLife=24h": .*ask for a rebuild$/,
      ),
    });
    const last = await first.tick('a');
    await first.operations.rebuild('tally');
    await statusIs(first, { revision: '1 halfLife=24h', rebuild: null, status: 'running' });
    await first.folded(last);
    expect(await countsOf(database)).toEqual({ a: 5, b: 1 });
  });

  it('are rebuilt by the processes that fold them, whatever the settings of who asks', async () => {
    const running = await start({ settings: 'halfLife=24h' });
    await running.folded(await running.tick('a', 3));
    const asking = await start({ settings: 'halfLife=1h', projections: false });
    await asking.operations.rebuild('tally');
    await statusIs(asking, {
      revision: '1 halfLife=24h',
      rebuild: null,
      lastRebuild: { tables: [{ equal: 1 }] },
    });
  });

  it('say that nobody begins what was asked for', async () => {
    const running = await start();
    await running.folded(await running.tick('a'));
    await stop(running);
    const asking = await start({ projections: false });
    await asking.operations.rebuild('tally');
    await statusIs(asking, {
      rebuild: { state: 'requested', revision: null, reason: 'No process runs the projection: start one' },
    });
  });

  it('stay with the older build while a newer one cannot fold them, and it is said which keys, and why', async () => {
    const old = await start();
    await old.tick('a');
    await old.folded(await old.tick('b'));
    const renewed = await start({
      revision: 2,
      turns: { maxParkedKeys: 1, retryDelayMs: 1, pollIntervalMs: 50 },
      onEvent: () => {
        throw new Error('not yet');
      },
    });
    await statusIs(renewed, {
      revision: '1',
      status: 'running',
      rebuild: {
        state: 'folding',
        revision: '2',
        reason: expect.stringMatching(/^1 keys are parked.*not yet$/),
      },
    });
    expect(await renewed.operations.parked('tally', { build: 'rebuild' })).toMatchObject([
      { key: 'a', error: 'not yet' },
    ]);
    await old.folded(await old.tick('a'));
    expect(await countsOf(database)).toEqual({ a: 2, b: 1 });
    await expect(renewed.operations.rebuild('tally')).rejects.toMatchObject({
      code: 'projection.rebuilding',
    });

    // The rebuild was cancelled, and the older build is gone. The status says so, and another request mends it.
    await renewed.operations.cancelRebuild('tally');
    await stop(old);
    await stop(renewed);
    const mended = await start({ revision: 2 });
    await statusIs(mended, { revision: '2', status: 'running', rebuild: null });
    expect(await countsOf(database)).toEqual({ a: 2, b: 1 });
  });

  it('whose automatic rebuild an operator has cancelled are rebuilt when it is asked for again', async () => {
    const old = await start();
    await old.folded(await old.tick('a'));
    await stop(old);
    let isReady = false;
    const renewed = await start({
      revision: 2,
      turns: { retryDelayMs: 1 },
      onEvent: () => {
        if (!isReady) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      },
    });
    await statusIs(renewed, { rebuild: { state: 'folding' } });
    await renewed.operations.cancelRebuild('tally');
    await statusIs(renewed, {
      status: 'standing-by',
      reason: expect.stringMatching(/^No process folds it: .*ask for a rebuild$/),
    });
    isReady = true;
    await renewed.operations.rebuild('tally');
    await statusIs(renewed, { revision: '2', status: 'running', rebuild: null });
  });
});
