import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MessageContext, type RebuildEnd } from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import {
  createTallies,
  startTallyHost,
  type TallyHost,
  type TallyHostOptions,
} from '../support/hosts/tally-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('the history of rebuilds', () => {
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

  const start = async (options: TallyHostOptions = {}) => {
    const host = await startTallyHost(database, options);
    hosts.push(host);
    return host;
  };
  const startWithRow = async (options?: TallyHostOptions) => {
    const host = await start(options);
    await host.folded(await host.tick('a', 2));
    return host;
  };
  const stop = async (host: TallyHost) => {
    await host.stop();
    hosts = hosts.filter((each) => each !== host);
  };
  const rebuildBy = ({ app, operations }: TallyHost, userId: string, hold = false) =>
    app
      .get(MessageContext)
      .run({ correlationId: 'a', causationId: 'b', userId }, () => operations.rebuild('tally', { hold }));
  const ended = async ({ operations }: TallyHost, count: number): Promise<RebuildEnd[]> => {
    await eventually(async () => expect(await operations.rebuilds('tally')).toHaveLength(count));
    return operations.rebuilds('tally');
  };
  const held = ({ operations }: TallyHost) =>
    eventually(async () =>
      expect(await operations.get('tally')).toMatchObject({ rebuild: { state: 'held' } }),
    );

  it('has a rebuild that exchanged the rows, with who asked for it and the comparison', async () => {
    const host = await startWithRow();
    await database.query(`update eventfold.tallies set count = 1000`);
    await rebuildBy(host, 'ann');
    const [end, ...others] = await ended(host, 1);
    expect([end, others]).toEqual([
      {
        id: expect.any(Number),
        startedAt: expect.any(Date),
        endedAt: expect.any(Date),
        revision: '1',
        reason: null,
        hold: false,
        outcome: 'exchanged',
        by: 'ann',
        report: (await host.operations.get('tally')).lastRebuild,
      },
      [],
    ]);
    expect(end!.report!.tables).toMatchObject([{ differing: 1, differences: [{ living: { count: 1000 } }] }]);
    expect(end!.endedAt.getTime()).toBeGreaterThan(end!.startedAt.getTime());
  });

  it('has a rebuild that was cancelled, with what it waited for', async () => {
    const host = await startWithRow();
    await rebuildBy(host, 'ann', true);
    await held(host);
    await host.operations.cancelRebuild('tally');
    expect(await ended(host, 1)).toMatchObject([
      {
        outcome: 'cancelled',
        hold: true,
        by: 'ann',
        reason: 'Held as it was asked for: release or cancel it',
        report: { tables: [{ equal: 1 }] },
      },
    ]);
  });

  it('has a rebuild that began again, since the table has other columns', async () => {
    const host = await startWithRow();
    await rebuildBy(host, 'ann', true);
    await held(host);
    await database.query('alter table eventfold.tallies add column note text');
    const [end] = await ended(host, 1);
    expect(end).toMatchObject({
      outcome: 'outdated',
      by: 'ann',
      reason: expect.stringContaining('other columns'),
    });
    await held(host);
    await host.operations.release('tally');
    const [last] = await ended(host, 2);
    expect(last).toMatchObject({ outcome: 'exchanged', by: 'ann', startedAt: end!.startedAt });
  });

  it('has a rebuild for a new revision, which no actor asked for', async () => {
    const old = await startWithRow();
    await rebuildBy(old, 'ann');
    await ended(old, 1);
    await stop(old);
    const renewed = await start({ revision: 2 });
    const [end] = await ended(renewed, 2);
    expect(end).toMatchObject({
      outcome: 'exchanged',
      revision: '2',
      by: null,
      reason: 'The rows were of revision "1"',
      report: { tables: [{ equal: 1 }] },
    });
  });

  it('stays when the projection is dropped, which ends its rebuild', async () => {
    const host = await startWithRow();
    await rebuildBy(host, 'ann', true);
    await held(host);
    await stop(host);
    await database.query(`delete from eventfold.projection_workers`);
    for (const table of ['projections', 'projection_rebuilds', 'projection_checkpoints']) {
      const column = table === 'projections' ? 'name' : 'projection';
      await database.query(`update eventfold.${table} set ${column} = 'former'`);
    }
    const next = await start({ projections: false });
    await next.operations.drop('former');
    expect(await next.operations.rebuilds('former')).toMatchObject([
      { outcome: 'cancelled', reason: 'The projection was dropped', report: {} },
    ]);
    expect(await database.query('select from eventfold.projection_rebuilds')).toEqual([]);
  });

  it('keeps all counts of a long comparison, and only as many of its rows as fit', async () => {
    const host = await startWithRow();
    await database.query(`insert into eventfold.tallies values (repeat('long', 50000), 1, 1)`);
    await rebuildBy(host, 'ann');
    await held(host);
    await host.operations.cancelRebuild('tally');
    const [{ report }] = (await ended(host, 1)) as [RebuildEnd];
    expect(report!.tables).toMatchObject([{ equal: 1, missing: 1, differences: [] }]);
  });

  it('is listed in pages, the latest first', async () => {
    const host = await start({ projections: false });
    await database.query(
      `insert into eventfold.projection_rebuild_history (projection, started_at, hold, outcome)
       select 'tally', clock_timestamp(), false, 'cancelled' from generate_series(1, 5)`,
    );
    const all = await host.operations.rebuilds('tally');
    expect(all.map(({ id }) => id)).toEqual([5, 4, 3, 2, 1]);
    const second = await host.operations.rebuilds('tally', { after: 3, limit: 2 });
    expect(second).toEqual(all.slice(3));
  });

  it('of an unknown projection is an error', async () => {
    const host = await start({ projections: false });
    await expect(host.operations.rebuilds('unknown')).rejects.toMatchObject({ code: 'projection.not-found' });
  });
});
