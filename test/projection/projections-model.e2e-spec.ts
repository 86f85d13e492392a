/**
 * Random operators, instances, faults and crashes against a reference of a few lines. Whatever they do to a projection,
 * each event is folded once and in order, except those that an operator has skipped.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventfoldError, isTransient } from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import {
  countsOf,
  createTallies,
  type TallyHostOptions,
  type TallyHost,
  startTallyHost,
} from '../support/hosts/tally-host.js';
import { scaled } from '../support/scale.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const SEEDS = scaled(2, 60);
const STEPS = scaled(40, 120);
const TALLIES = Array.from({ length: 8 }, (_, number) => `t${number}`);

/** mulberry32: the same numbers for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('a projection, whatever is done to it,', () => {
  let database: TestDatabase;
  let hosts: TallyHost[];
  /** The events that cannot be folded for now, as `tally version`. */
  let poison: Set<string>;

  beforeEach(async () => {
    database = await createTestDatabase();
    await createTallies(database);
    [hosts, poison] = [[], new Set()];
  });
  afterEach(async () => {
    for (const host of hosts) await host.stop();
    await database.drop();
  });

  const OPTIONS: TallyHostOptions = {
    turns: { retryDelayMs: 1, pollIntervalMs: 50, pauseMs: 1, size: 7, rebuildSize: 5, rebuildRest: 0 },
    onEvent: ({ data, version }) => {
      if (poison.has(`${data.tally} ${version}`)) throw new Error('poison');
    },
  };
  const start = async () => void hosts.push(await startTallyHost(database, OPTIONS));

  /** The answers that an operator may get: the act is not possible now. */
  const refused = async (act: Promise<unknown>) => {
    try {
      await act;
    } catch (error) {
      if (!(error instanceof EventfoldError) && !isTransient(error)) throw error;
    }
  };
  const cutConnections = () =>
    database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and random() < 0.5`,
    );

  const stepsOf = (next: () => number) => {
    const one = <Item>(items: readonly Item[]) => items[Math.floor(next() * items.length)]!;
    const host = () => one(hosts);
    const onParked = (act: 'retry' | 'skip') =>
      refused(
        (async () => {
          const { operations } = host();
          const parked = await operations.parked('tally');
          if (parked.length > 0) await operations[act]('tally', one(parked).key);
        })(),
      );
    const steps: [weight: number, step: () => Promise<unknown>][] = [
      [20, () => refused(host().tick(one(TALLIES), 1 + Math.floor(next() * 4)))],
      [3, async () => poison.add(`${one(TALLIES)} ${1 + Math.floor(next() * 20)}`)],
      [2, async () => poison.delete([...poison][0] ?? '')],
      [4, () => onParked('retry')],
      [2, () => onParked('skip')],
      [2, () => refused(host().operations.pause('tally'))],
      [4, () => refused(host().operations.resume('tally'))],
      [5, () => refused(host().operations.rebuild('tally', { hold: next() < 0.3 }))],
      [3, () => refused(host().operations.release('tally'))],
      [1, () => refused(host().operations.cancelRebuild('tally'))],
      [2, cutConnections],
      [
        2,
        async () => {
          await hosts.shift()!.stop();
          await start();
        },
      ],
      [6, () => new Promise((resolve) => setTimeout(resolve, next() * 200))],
    ];
    const bag = steps.flatMap(([weight, step]) => Array.from({ length: weight }, () => step));
    return () => one(bag)();
  };

  /** Mends all faults. */
  const recover = async () => {
    poison.clear();
    const [host] = hosts;
    await refused(host!.operations.resume('tally'));
    await eventually(async () => {
      await refused(host!.operations.release('tally'));
      for await (const { parked } of host!.operations.retryAll('tally')) expect(parked).toBeUndefined();
      expect(await host!.operations.get('tally')).toMatchObject({
        rebuild: null,
        parkedKeys: 0,
        lagEvents: 0,
      });
    });
  };

  const reference = async () => {
    const rows = await database.query<{ name: string; count: number }>(
      `select substr(stream_id, 7) as name, count(*)::integer as count from eventfold.events e
        where not exists (select from eventfold.skipped_events s where s.position = e.global_position)
        group by 1`,
    );
    return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
  };

  it.each(Array.from({ length: SEEDS }, (_, index) => Number(process.env.MODEL_SEED ?? 1) + index))(
    'folds each event once and in order (seed %i)',
    async (seed) => {
      const step = stepsOf(random(seed));
      await start();
      await start();
      for (let count = 0; count < STEPS; count++) await step();
      await recover();
      expect(await countsOf(database)).toEqual(await reference());
      expect(await database.query('select from eventfold.waiting_events')).toEqual([]);

      await hosts[0]!.operations.rebuild('tally');
      await eventually(
        async () => expect((await hosts[0]!.operations.get('tally')).rebuild).toBeNull(),
        30_000,
      );
      const { lastRebuild } = await hosts[0]!.operations.get('tally');
      expect(lastRebuild!.tables).toMatchObject([{ differing: 0, missing: 0, extra: 0 }]);
    },
  );
});
