import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { settle } from '../src/testing/index.js';
import { gate } from './support/gate.js';
import {
  countsOf,
  createTallies,
  type LabOptions,
  MAIL,
  type ProjectionLab,
  startProjectionLab,
} from './support/projection-lab.js';
import { createTestDatabase, type TestDatabase } from './support/test-database.js';

describe('settling', () => {
  let database: TestDatabase;
  let lab: ProjectionLab;

  beforeEach(async () => {
    database = await createTestDatabase();
    await createTallies(database);
  });
  afterEach(async () => {
    await lab.stop();
    await database.drop();
  });
  const start = async (options?: LabOptions) => (lab = await startProjectionLab(database, options));

  it('waits until projections and reactions have folded all that is in the log', async () => {
    const reacted: number[] = [];
    await start({
      partitions: 2,
      onReaction: ({ position }) => {
        reacted.push(position);
      },
    });
    await lab.tick('a', 20);
    await lab.tick('b', 10);
    await settle(lab.app);
    expect(await countsOf(database)).toEqual({ a: 20, b: 10 });
    expect(reacted).toHaveLength(30);
    await settle(lab.app);
  });

  it('does not wait for what is appended later', async () => {
    const { open, reached, wait } = gate();
    let isLate = false;
    await start({ onEvent: () => (isLate ? wait() : undefined) });
    await lab.tick('a');
    await settle(lab.app);
    isLate = true;
    const settled = settle(lab.app);
    await lab.tick('a');
    await reached;
    await settled;
    open();
  });

  it('names a projection that is paused, at once', async () => {
    await start();
    await lab.operations.pause('tally');
    await lab.tick('a');
    const started = performance.now();
    await expect(settle(lab.app, { within: 50_000 })).rejects.toThrow(
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
    await lab.tick('a');
    await lab.tick('b');
    await expect(settle(lab.app)).rejects.toThrow(
      '"tally" has set the key "b" aside, at position 2 (lab.ticked): Not this one.',
    );
    expect(await countsOf(database)).toEqual({ a: 1 });
  });

  it('names what does not get there in time', async () => {
    const { open, reached, wait } = gate();
    await start({ onReaction: wait });
    await lab.tick('a');
    await reached;
    const settling = settle(lab.app, { within: 100 });
    await expect(settling.finally(open)).rejects.toThrow(
      `"${MAIL}" stands still: it is at position 0 and has not come to 1, `,
    );
    await settle(lab.app);
  });

  it('names what nobody runs', async () => {
    await start({ projections: false });
    await expect(settle(lab.app)).rejects.toThrow('"tally" stands still: it was never started.');
  });
});
