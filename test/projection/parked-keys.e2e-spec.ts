import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { Recorded } from '../../src/event-sourcing/index.js';
import { Turns } from '../../src/event-sourcing/projection/turn/turn.js';
import { eventually } from '../support/eventually.js';
import {
  createTallies,
  type TallyHostOptions,
  type TallyHost,
  startTallyHost,
  Ticked,
} from '../support/hosts/tally-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const QUICK = { retryDelayMs: 1, pollIntervalMs: 50 };

describe('an event that cannot be folded', () => {
  let database: TestDatabase;
  let hosts: TallyHost[];
  let isMended: boolean;

  beforeEach(async () => {
    database = await createTestDatabase();
    await createTallies(database);
    hosts = [];
    isMended = false;
  });
  afterEach(async () => {
    for (const host of hosts) await host.stop();
    await database.drop();
  });

  const start = async (options: TallyHostOptions = {}) => {
    const host = await startTallyHost(database, {
      ...options,
      turns: { ...QUICK, ...options.turns },
    });
    hosts.push(host);
    return host;
  };
  /** Fails at the second event of the tally `poison`, and at every later one, until it is mended. */
  const onPoison = ({ data, version }: Recorded<Ticked>) => {
    if (data.tally.startsWith('poison') && version >= 2 && !isMended) throw new Error('cannot fold this');
  };
  const countOf = async (name: string) =>
    (
      await database.query<{ count: number }>('select count from eventfold.tallies where name = $1', [name])
    )[0]?.count;

  it('parks its key alone: what came before is kept, what comes after waits, all other keys go on', async () => {
    const host = await start({ onEvent: onPoison });
    await host.tick('poison');
    const failing = await host.tick('poison');
    await host.tick('good', 3);
    await host.folded(await host.tick('poison', 2));
    expect([await countOf('poison'), await countOf('good')]).toEqual([1, 3]);
    expect(await host.operations.parked('tally')).toEqual([
      {
        key: 'poison',
        position: failing,
        eventId: expect.any(String),
        type: 'tally.ticked',
        error: 'cannot fold this',
        attempts: 3,
        failures: Array.from({ length: 3 }, () => ({
          at: expect.any(Date),
          ms: expect.any(Number),
          error: 'cannot fold this',
        })),
        state: 'parked',
        retryAt: null,
        retryUntil: null,
        parkedAt: expect.any(Date),
        waiting: 3,
      },
    ]);
    const expected = { status: 'running', parkedKeys: 1, lagEvents: 0 };
    await eventually(async () => expect(await host.operations.get('tally')).toMatchObject(expected));
    expect(host.runner().status).toBe('running');
  });

  it('is folded by a retry once the cause is mended, with all that waits, in order', async () => {
    const host = await start({ onEvent: onPoison });
    await host.folded(await host.tick('poison', 5));
    const stillParked = await host.operations.retry('tally', 'poison');
    expect(stillParked).toEqual({
      key: 'poison',
      folded: 0,
      parked: { position: 2, error: 'cannot fold this' },
    });
    expect((await host.operations.parked('tally'))[0]).toMatchObject({ attempts: 4, waiting: 4 });

    isMended = true;
    expect(await host.operations.retry('tally', 'poison')).toEqual({ key: 'poison', folded: 4 });
    expect(await countOf('poison')).toBe(5);
    expect(await host.operations.parked('tally')).toEqual([]);
    await host.folded(await host.tick('poison'));
    expect(await countOf('poison')).toBe(6);
  });

  it('is folded by a retry some megabytes at a time, when the events are large', async () => {
    const host = await start({ onEvent: onPoison });
    const folding = jest.spyOn(host.app.get(Turns, { strict: false }), 'batch');
    const large = () =>
      new Ticked({ tally: 'poison', content: randomBytes(200_000).toString('hex') } as never);
    const { position } = await host.store.appendToStream('poison', 'any', Array.from({ length: 30 }, large));
    await host.folded(position);
    folding.mockClear();
    isMended = true;
    expect(await host.operations.retry('tally', 'poison')).toEqual({ key: 'poison', folded: 29 });
    expect(folding.mock.calls.length).toBeGreaterThan(2); // 11 events are 4 MB
    expect(await countOf('poison')).toBe(30);
    expect(await host.operations.parked('tally')).toEqual([]);
  });

  it('keeps what a retry could fold, and stays parked at the next event that fails', async () => {
    const host = await start({
      onEvent: ({ version }) => {
        if ((version === 2 && !isMended) || version === 4) throw new Error(`not ${version}`);
      },
    });
    await host.folded(await host.tick('poison', 5));
    isMended = true;
    expect(await host.operations.retry('tally', 'poison')).toEqual({
      key: 'poison',
      folded: 2,
      parked: { position: 4, error: 'not 4' },
    });
    expect(await countOf('poison')).toBe(3);
    expect((await host.operations.parked('tally'))[0]).toMatchObject({
      position: 4,
      attempts: 1,
      waiting: 2,
    });
  });

  it('is left out only when somebody says so, which is on record, for rebuilds too', async () => {
    const host = await start({
      onEvent: ({ version }) => {
        if (version === 2) throw new Error('never');
      },
    });
    await host.folded(await host.tick('poison', 4));
    expect(await host.operations.skip('tally', 'poison')).toEqual({ key: 'poison', folded: 2 });
    expect(await countOf('poison')).toBe(3);
    expect(await host.operations.parked('tally')).toEqual([]);
    expect(
      await database.query('select key, position::integer, error from eventfold.skipped_events'),
    ).toEqual([{ key: 'poison', position: 2, error: 'never' }]);

    await host.operations.rebuild('tally');
    await eventually(async () => expect((await host.operations.get('tally')).lastRebuild).not.toBeNull());
    expect([await countOf('poison'), await host.operations.parked('tally')]).toEqual([3, []]);
  });

  it('is found among thousands when the database refuses the row, not the handler', async () => {
    await database.query(`alter table eventfold.tallies add check (name <> 'poison' or count < 2)`);
    const writer = await start({ projections: false });
    for (let batch = 0; batch < 10; batch++) {
      await writer.tick('good', 150);
      if (batch === 6) await writer.tick('poison', 3);
    }
    let folded = 0;
    const host = await start({ onEvent: () => void folded++ });
    await host.folded(await writer.tick('good'));
    expect([await countOf('good'), await countOf('poison')]).toEqual([1_501, 1]);
    // Three times all waiting events, then a half of them, a quarter and so on, and at last the events after the
    // failing one.
    expect(folded).toBeLessThan(5 * 1_504);
    expect(await host.operations.parked('tally')).toMatchObject([{ key: 'poison', waiting: 2 }]);
    await database.query('alter table eventfold.tallies drop constraint tallies_check');
    await host.operations.retry('tally', 'poison');
    expect(await countOf('poison')).toBe(3);
  });

  it('stays parked over a restart, and its key waits on', async () => {
    const before = await start({ onEvent: onPoison });
    await before.folded(await before.tick('poison', 3));
    await before.stop();
    const after = await start();
    await after.folded(await after.tick('poison'));
    expect(await countOf('poison')).toBe(1);
    expect((await after.operations.retry('tally', 'poison')).folded).toBe(3);
  });

  it('stops the projection where more keys would be parked than may be, until somebody has mended it', async () => {
    const host = await start({ onEvent: onPoison, turns: { maxParkedKeys: 2 } });
    for (const tally of ['poison-1', 'poison-2', 'poison-3']) await host.tick(tally, 2);
    await eventually(() => expect(host.runner().status).toBe('stopped'));
    expect(host.runner().failure?.message).toMatch(/maxParkedKeys.*cannot fold this/);
    isMended = true;
    for await (const outcome of host.operations.retryAll('tally')) expect(outcome.parked).toBeUndefined();
    await host.folded(await host.tick('good'));
    for (const tally of ['poison-1', 'poison-2', 'poison-3']) expect(await countOf(tally)).toBe(2);
  });

  it('is not one that meets a database that has no time or no room: nothing is parked', async () => {
    await database.query(`
      create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'no space left on device' using errcode = '53100'; end $$`);
    await database.query(
      'create trigger full_disk before insert on eventfold.tallies for each row execute function refuse()',
    );
    const host = await start();
    const last = await host.tick('good', 3);
    await eventually(() => expect(host.runner()?.failure?.message).toMatch(/no space left/));
    await database.query('drop trigger full_disk on eventfold.tallies');
    await host.folded(last);
    expect([await countOf('good'), await host.operations.parked('tally')]).toEqual([3, []]);
  });

  it('whose key nobody knows is an error that says so', async () => {
    const host = await start();
    await host.folded(await host.tick('good'));
    await expect(host.operations.retry('tally', 'good')).rejects.toThrow(
      '"good" is not parked in projection "tally"',
    );
    await expect(host.operations.skip('nobody', 'x')).rejects.toThrow('There is no projection "nobody"');
  });
});
