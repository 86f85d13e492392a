import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RowHistory } from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import {
  countsOf,
  createTallies,
  startTallyHost,
  type TallyHost,
  type TallyHostOptions,
} from '../support/hosts/tally-host.js';
import { scaled } from '../support/scale.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('the rebuild of one key', () => {
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
    const turns = { retryDelayMs: 1, pollIntervalMs: 50, ...options.turns };
    const host = await startTallyHost(database, { ...options, turns });
    hosts.push(host);
    return host;
  };
  const spoil = (name: string) =>
    database.query(`update eventfold.tallies set count = 1000 + count where name = $1`, [name]);
  const same = { equal: 1, differing: 0, missing: 0, extra: 0 };

  it.each([
    ['one partition', {}],
    ['four partitions by a property', { partitions: 4, key: 'tally' }],
    ['four partitions by the rows', { partitions: 4 }],
  ])('loses and repeats no event beside living turns, in %s', async (_, options) => {
    const host = await start({ ...options, poolSize: 8 });
    const rounds = scaled(40, 400);
    const done = { isOver: false, rebuilds: 0 };
    const expected: Record<string, number> = { a: 1, b: 1, c: 1, d: 1 };
    const ticks = async (name: string) => {
      for (let round = 0; round < rounds || done.rebuilds < 8; round++) {
        await host.tick(name, 1 + (round % 3));
        expected[name]! += 1 + (round % 3);
      }
    };
    const names = ['a', 'b', 'c', 'd'];
    await host.folded(Math.max(...(await Promise.all(names.map((name) => host.tick(name))))));
    const rebuilding = (async () => {
      while (!done.isOver) {
        const name = names[done.rebuilds % names.length]!;
        const { tables } = await host.operations.rebuildRow('tally', name);
        expect(tables).toMatchObject([same]); // a row that is right stays as it is, at whatever moment
        done.rebuilds++;
      }
    })();
    await Promise.all(names.map(ticks));
    done.isOver = true;
    await rebuilding;
    const head = await host.store.head();
    await host.folded(head);
    expect(await countsOf(database)).toEqual(expected);
  });

  it('puts a wrong row right beside living turns, and turns go on from it', async () => {
    const host = await start();
    await host.folded(await host.tick('a', 3));
    await spoil('a');
    const appends = (async () => {
      for (let round = 0; round < 30; round++) await host.tick('a');
    })();
    const { tables } = await host.operations.rebuildRow('tally', 'a');
    expect(tables).toMatchObject([{ differing: 1 }]);
    await appends;
    await host.folded(await host.store.head());
    expect(await countsOf(database)).toEqual({ a: 33 });
  });

  it('never writes a row ahead of the turns of its partition, for a key whose first event is not folded yet', async () => {
    const host = await start({ partitions: 4, key: 'tally', poolSize: 8 });
    for (let round = 0; round < 20; round++) {
      const name = `new-${round}`;
      const [position] = await Promise.all([
        host.tick(name, 3),
        host.operations.rebuildRow('tally', name).catch(() => undefined),
      ]);
      await host.operations.rebuildRow('tally', name).catch(() => undefined);
      await host.folded(position);
    }
    expect(new Set(Object.values(await countsOf(database)))).toEqual(new Set([3]));
    expect(await host.operations.parked('tally')).toEqual([]);
  });

  it('is refused for a parked key, and works after its retry', async () => {
    let isMended = false;
    const host = await start({
      onEvent: ({ version }) => {
        if (version === 2 && !isMended) throw new Error('cannot fold this');
      },
    });
    await host.folded(await host.tick('a', 3));
    await expect(host.operations.rebuildRow('tally', 'a')).rejects.toMatchObject({
      code: 'projection.key-parked',
      message: expect.stringMatching(/retry/),
    });
    const history = host.app.get(RowHistory);
    const { items } = await history.history('tally', 'a');
    expect(items.map(({ failure, changes }) => [failure, changes.length])).toEqual([
      [null, 1],
      ['cannot fold this', 0],
      ['Waits for the event at position 2.', 0],
    ]);
    expect(await history.rows('tally', 'a')).toMatchObject({
      parkedAt: 2,
      tables: [{ rows: [{ count: 1 }] }],
    });
    isMended = true;
    await host.operations.retry('tally', 'a');
    expect((await host.operations.rebuildRow('tally', 'a')).tables).toMatchObject([same]);
    expect((await history.history('tally', 'a')).items.map(({ changes }) => changes.length)).toEqual([
      1, 1, 1,
    ]);
  });

  it('leaves out a skipped event, as the living row does', async () => {
    const host = await start({
      onEvent: ({ version }) => {
        if (version === 2) throw new Error('never');
      },
    });
    await host.folded(await host.tick('a', 4));
    await host.operations.skip('tally', 'a');
    await spoil('a');
    await host.operations.rebuildRow('tally', 'a');
    expect(await countsOf(database)).toEqual({ a: 3 });
    const { items } = await host.app.get(RowHistory).history('tally', 'a');
    expect(items.map(({ skipped, changes }) => [skipped, changes.length])).toEqual([
      [false, 1],
      [true, 0],
      [false, 1],
      [false, 1],
    ]);
  });

  it('is refused while the projection is paused or rebuilt, and by another revision', async () => {
    const host = await start();
    await host.folded(await host.tick('a', 3));
    await spoil('a');
    await host.operations.pause('tally');
    const rebuild = (of: TallyHost) => of.operations.rebuildRow('tally', 'a');
    await expect(rebuild(host)).rejects.toMatchObject({ code: 'projection.paused' });
    await host.operations.resume('tally');
    await host.operations.rebuild('tally', { hold: true });
    await expect(rebuild(host)).rejects.toMatchObject({ code: 'projection.rebuilding' });
    await host.operations.cancelRebuild('tally');
    const newer = await start({ revision: 2, projections: false });
    await expect(rebuild(newer)).rejects.toMatchObject({ code: 'projection.other-revision' });
    expect(await countsOf(database)).toEqual({ a: 1_003 });
  });

  it('changes nothing when the code cannot fold the events, or the database refuses the row', async () => {
    let isBroken = false;
    const host = await start({
      onEvent: () => {
        if (isBroken) throw new Error('broken meanwhile');
      },
    });
    await host.folded(await host.tick('a', 3));
    await spoil('a');
    isBroken = true;
    await expect(host.operations.rebuildRow('tally', 'a')).rejects.toMatchObject({
      code: 'projection.cannot-fold',
      message: expect.stringContaining('broken meanwhile'),
    });
    isBroken = false;
    await database.query('alter table eventfold.tallies add check (count > 500)');
    const other = await start({ projections: false });
    await expect(other.operations.rebuildRow('tally', 'a')).rejects.toThrow(/check constraint/);
    expect(await countsOf(database)).toEqual({ a: 1_003 });
  });

  it('waits for a turn that has the checkpoint, and gives up in time', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let isHeld = false;
    const host = await start({
      onEvent: ({ version }) => {
        if (version !== 2) return undefined;
        isHeld = true;
        return held;
      },
    });
    await host.folded(await host.tick('a'));
    await host.tick('a');
    await eventually(() => expect(isHeld).toBe(true));
    await expect(host.operations.rebuildRow('tally', 'a')).rejects.toMatchObject({ code: 'projection.busy' });
    release();
    await host.folded(await host.store.head());
    expect((await host.operations.rebuildRow('tally', 'a')).tables).toMatchObject([same]);
  });
});
