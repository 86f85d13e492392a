import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { eventually } from '../support/eventually.js';
import { gate } from '../support/gate.js';
import { createTallies, startTallyHost } from '../support/hosts/tally-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('the stop of an application', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
    await createTallies(database);
  });
  afterEach(() => database.drop());

  it('names the reaction whose handler it waits for', async () => {
    const warned = jest.spyOn(Logger.prototype, 'warn');
    const slow = gate();
    let begun = 0;
    const host = await startTallyHost(database, {
      reaction: { startsAt: 'beginning' },
      onReaction: () => {
        begun++;
        return slow.wait();
      },
    });
    await host.tick('a');
    await eventually(() => expect(begun).toBe(1));
    const stopped = host.stop();
    try {
      const line = /^The stop has taken \d+ s so far, and waits for reaction "[\w-]+"\.$/;
      await eventually(() => expect(warned.mock.calls).toContainEqual([expect.stringMatching(line)]));
    } finally {
      slow.open();
      warned.mockRestore();
      await stopped;
    }
  });
});
