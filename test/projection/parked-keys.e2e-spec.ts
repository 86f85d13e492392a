import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Recorded } from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import {
  createTallies,
  type LabOptions,
  type ProjectionLab,
  startProjectionLab,
  type Ticked,
} from '../support/log/projection-lab.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const QUICK = { retryDelayMs: 1, pollIntervalMs: 50 };

describe('an event that cannot be folded', () => {
  let database: TestDatabase;
  let labs: ProjectionLab[];
  let isMended: boolean;

  beforeEach(async () => {
    database = await createTestDatabase();
    await createTallies(database);
    labs = [];
    isMended = false;
  });
  afterEach(async () => {
    for (const lab of labs) await lab.stop();
    await database.drop();
  });

  const start = async (options: LabOptions = {}) => {
    const lab = await startProjectionLab(database, {
      ...options,
      turns: { ...QUICK, ...options.turns },
    });
    labs.push(lab);
    return lab;
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
    const lab = await start({ onEvent: onPoison });
    await lab.tick('poison');
    const failing = await lab.tick('poison');
    await lab.tick('good', 3);
    await lab.folded(await lab.tick('poison', 2));
    expect([await countOf('poison'), await countOf('good')]).toEqual([1, 3]);
    expect(await lab.operations.parked('tally')).toEqual([
      {
        key: 'poison',
        position: failing,
        eventId: expect.any(String),
        type: 'lab.ticked',
        error: 'cannot fold this',
        attempts: 3,
        parkedAt: expect.any(Date),
        waiting: 3,
      },
    ]);
    const expected = { status: 'running', parkedKeys: 1, lagEvents: 0 };
    await eventually(async () => expect(await lab.operations.get('tally')).toMatchObject(expected));
    expect(lab.runner().status).toBe('running');
  });

  it('is folded by a retry once the cause is mended, with all that waits, in order', async () => {
    const lab = await start({ onEvent: onPoison });
    await lab.folded(await lab.tick('poison', 5));
    const stillParked = await lab.operations.retry('tally', 'poison');
    expect(stillParked).toEqual({
      key: 'poison',
      folded: 0,
      parked: { position: 2, error: 'cannot fold this' },
    });
    expect((await lab.operations.parked('tally'))[0]).toMatchObject({ attempts: 4, waiting: 4 });

    isMended = true;
    expect(await lab.operations.retry('tally', 'poison')).toEqual({ key: 'poison', folded: 4 });
    expect(await countOf('poison')).toBe(5);
    expect(await lab.operations.parked('tally')).toEqual([]);
    await lab.folded(await lab.tick('poison'));
    expect(await countOf('poison')).toBe(6);
  });

  it('keeps what a retry could fold, and stays parked at the next event that fails', async () => {
    const lab = await start({
      onEvent: ({ version }) => {
        if ((version === 2 && !isMended) || version === 4) throw new Error(`not ${version}`);
      },
    });
    await lab.folded(await lab.tick('poison', 5));
    isMended = true;
    expect(await lab.operations.retry('tally', 'poison')).toEqual({
      key: 'poison',
      folded: 2,
      parked: { position: 4, error: 'not 4' },
    });
    expect(await countOf('poison')).toBe(3);
    expect((await lab.operations.parked('tally'))[0]).toMatchObject({ position: 4, attempts: 1, waiting: 2 });
  });

  it('is left out only when somebody says so, which is on record, for rebuilds too', async () => {
    const lab = await start({
      onEvent: ({ version }) => {
        if (version === 2) throw new Error('never');
      },
    });
    await lab.folded(await lab.tick('poison', 4));
    expect(await lab.operations.skip('tally', 'poison')).toEqual({ key: 'poison', folded: 2 });
    expect(await countOf('poison')).toBe(3);
    expect(await lab.operations.parked('tally')).toEqual([]);
    expect(
      await database.query('select key, position::integer, error from eventfold.skipped_events'),
    ).toEqual([{ key: 'poison', position: 2, error: 'never' }]);

    await lab.operations.rebuild('tally');
    await eventually(async () => expect((await lab.operations.get('tally')).lastRebuild).not.toBeNull());
    expect([await countOf('poison'), await lab.operations.parked('tally')]).toEqual([3, []]);
  });

  it('is found among thousands when the database refuses the row, not the handler', async () => {
    await database.query(`alter table eventfold.tallies add check (name <> 'poison' or count < 2)`);
    const writer = await start({ projections: false });
    for (let batch = 0; batch < 10; batch++) {
      await writer.tick('good', 150);
      if (batch === 6) await writer.tick('poison', 3);
    }
    let folded = 0;
    const lab = await start({ onEvent: () => void folded++ });
    await lab.folded(await writer.tick('good'));
    expect([await countOf('good'), await countOf('poison')]).toEqual([1_501, 1]);
    // Three times all waiting events, then a half of them, a quarter and so on, and at last the events after the
    // failing one.
    expect(folded).toBeLessThan(5 * 1_504);
    expect(await lab.operations.parked('tally')).toMatchObject([{ key: 'poison', waiting: 2 }]);
    await database.query('alter table eventfold.tallies drop constraint tallies_check');
    await lab.operations.retry('tally', 'poison');
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
    const lab = await start({ onEvent: onPoison, turns: { maxParkedKeys: 2 } });
    for (const tally of ['poison-1', 'poison-2', 'poison-3']) await lab.tick(tally, 2);
    await eventually(() => expect(lab.runner().status).toBe('stopped'));
    expect(lab.runner().failure?.message).toMatch(/maxParkedKeys.*cannot fold this/);
    isMended = true;
    for await (const outcome of lab.operations.retryAll('tally')) expect(outcome.parked).toBeUndefined();
    await lab.folded(await lab.tick('good'));
    for (const tally of ['poison-1', 'poison-2', 'poison-3']) expect(await countOf(tally)).toBe(2);
  });

  it('is not one that meets a database that has no time or no room: nothing is parked', async () => {
    await database.query(`
      create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'no space left on device' using errcode = '53100'; end $$`);
    await database.query(
      'create trigger full_disk before insert on eventfold.tallies for each row execute function refuse()',
    );
    const lab = await start();
    const last = await lab.tick('good', 3);
    await eventually(() => expect(lab.runner()?.failure?.message).toMatch(/no space left/));
    await database.query('drop trigger full_disk on eventfold.tallies');
    await lab.folded(last);
    expect([await countOf('good'), await lab.operations.parked('tally')]).toEqual([3, []]);
  });

  it('whose key nobody knows is an error that says so', async () => {
    const lab = await start();
    await lab.folded(await lab.tick('good'));
    await expect(lab.operations.retry('tally', 'good')).rejects.toThrow(
      '"good" is not parked in projection "tally"',
    );
    await expect(lab.operations.skip('nobody', 'x')).rejects.toThrow('There is no projection "nobody"');
  });
});
