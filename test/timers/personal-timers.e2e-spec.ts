/** Timers whose events have personal fields: they wait as they are stored, and an erasure ends them. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  ErasureService,
  SubjectErasedError,
  TimerOperations,
  Timers,
} from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import {
  createMembers,
  masterKey,
  MemberJoined,
  type MembersHost,
  startMembersHost,
} from '../support/hosts/members-host.js';
import { placesOf } from '../support/log/places-of.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const ANN = 'Ann Lovelace-Byron';

describe('a timer with personal fields', () => {
  let database: TestDatabase;
  let host: MembersHost;
  let timers: Timers;

  beforeEach(async () => {
    database = await createTestDatabase();
    await createMembers(database);
    host = await startMembersHost(database, { privacy: { masterKeys: [masterKey(1)] } });
    timers = host.app.get(Timers);
  });
  afterEach(async () => {
    await host.stop();
    await database.drop();
  });

  const schedule = (memberId: string, at: Date | { in: string }) =>
    timers.schedule(at, new MemberJoined({ memberId, name: ANN, email: 'ann@example.org', club: 'chess' }), {
      stream: `member-${memberId}`,
    });

  it('waits without its plaintext, and appends an event that readers can read', async () => {
    const memberId = randomUUID();
    const { id } = await schedule(memberId, { in: '1d' });
    expect(await placesOf(database, ANN)).toEqual([]);
    const open = { id, data: { memberId, name: ANN, email: 'ann@example.org', club: 'chess' } };
    expect(await timers.find(id)).toMatchObject(open);
    expect((await timers.list()).timers).toMatchObject([open]);
    expect(await timers.move(id, { in: '2d' })).toMatchObject(open);
    expect(await host.app.get(TimerOperations).move(id, { in: '0s' })).toMatchObject(open);
    await eventually(async () => expect(await host.store.head()).toBe(1));
    await host.folded(1);
    expect(await placesOf(database, ANN)).toEqual(['members.name']);
  });

  it('is cancelled when it comes due for a person who is erased by then', async () => {
    const memberId = randomUUID();
    const { id } = await schedule(memberId, { in: '1d' });
    await host.app.get(ErasureService).request(memberId);
    await timers.move(id, { in: '0s' });
    await eventually(async () => expect(await timers.find(id)).toMatchObject({ state: 'cancelled' }));
    expect((await timers.find(id))!.data).not.toHaveProperty('name', ANN);
    expect(await host.store.readStream(`member-${memberId}`)).toEqual([]);
  });

  it('is refused for a person who is erased', async () => {
    const memberId = randomUUID();
    await host.app.get(ErasureService).request(memberId);
    await expect(schedule(memberId, { in: '1d' })).rejects.toThrow(SubjectErasedError);
    expect((await timers.list()).timers).toEqual([]);
  });
});
