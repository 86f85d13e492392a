import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { gate } from '../support/gate.js';
import {
  countsOf,
  createTallies,
  type TallyHostOptions,
  type TallyHost,
  startTallyHost,
} from '../support/hosts/tally-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('a projection in four partitions', () => {
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
  const checkpoints = () =>
    database.query<{ partition: number; position: number }>(
      `select partition, position::integer from eventfold.projection_checkpoints
        where build = 'live' order by partition`,
    );
  const numbered = (count: number) => Array.from({ length: count }, (_, number) => `t${number}`);

  it.each([
    ['what the rows name', undefined],
    ['a property of the data', 'tally'],
  ])('by %s, on two instances, fold the rows that one on one instance folds', async (_, key) => {
    const instances = [await start({ partitions: 4, key }), await start({ partitions: 4, key })];
    const expected: Record<string, number> = {};
    let last = 0;
    for (let round = 0; round < 6; round++) {
      const ticks = numbered(40).map((name, number) => {
        expected[name] = (expected[name] ?? 0) + 1 + (number % 3);
        return instances[(round + number) % 2]!.tick(name, 1 + (number % 3));
      });
      last = Math.max(last, ...(await Promise.all(ticks)));
    }
    await Promise.all(instances.map((host) => host.folded(last)));
    expect(await checkpoints()).toEqual([0, 1, 2, 3].map((partition) => ({ partition, position: last })));
    expect(await countsOf(database)).toEqual(expected);

    // The reference: one partition, from the first event on.
    for (const host of instances) await host.stop();
    const alone = await start({ partitions: 1, revision: 2, key });
    await eventually(async () => expect(await checkpoints()).toHaveLength(1));
    const { lastRebuild } = await alone.operations.get('tally');
    expect(lastRebuild!.tables).toMatchObject([{ equal: 40, differing: 0, missing: 0, extra: 0 }]);
  });

  it('is what a projection of one becomes by a rebuild, when the number is changed', async () => {
    const one = await start();
    for (const name of numbered(20)) await one.tick(name, 2);
    await one.folded(40);
    await one.stop();
    const four = await start({ partitions: 4 });
    await eventually(async () => expect(await checkpoints()).toHaveLength(4));
    expect((await four.operations.get('tally')).lastRebuild!.tables).toMatchObject([
      { equal: 20, differing: 0, missing: 0, extra: 0 },
    ]);
    for (const name of numbered(20)) await four.tick(name);
    await four.folded(60);
    expect(await countsOf(database)).toEqual(Object.fromEntries(numbered(20).map((name) => [name, 3])));
  });

  it('goes on in the others while one waits, and is folded up to where the last of them is', async () => {
    const slow = gate();
    const host = await start({
      partitions: 4,
      readAfterTimeoutMs: 0,
      onEvent: ({ data }) => (data.tally === 't0' ? slow.wait() : undefined),
    });
    await host.tick('t0');
    await slow.reached;
    let last = 0;
    for (const name of numbered(20).slice(1)) last = await host.tick(name);
    await eventually(async () =>
      expect((await checkpoints()).filter(({ position }) => position === last)).toHaveLength(3),
    );
    await expect(host.folded(last)).rejects.toThrow();
    slow.open();
    await eventually(() => host.folded(last));
    expect(await countsOf(database)).toEqual(Object.fromEntries(numbered(20).map((name) => [name, 1])));
  });

  it('sets a poisoned key of one of them aside, and folds all other keys', async () => {
    let isPoisonous = true;
    const host = await start({
      partitions: 4,
      turns: { retryDelayMs: 1 },
      onEvent: ({ data }) => {
        if (isPoisonous && data.tally === 't7') throw new Error('poison');
      },
    });
    for (const name of numbered(20)) await host.tick(name, 2);
    await host.folded(40);
    expect(Object.keys(await countsOf(database))).toHaveLength(19);
    expect(await host.operations.parked('tally')).toMatchObject([{ key: 't7', waiting: 2 }]);
    isPoisonous = false;
    expect(await host.operations.retry('tally', 't7')).toEqual({ key: 't7', folded: 2 });
    expect(await countsOf(database)).toEqual(Object.fromEntries(numbered(20).map((name) => [name, 2])));
  });
});
