import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { EventRegistry } from '../../src/event-sourcing/event/event-registry.js';
import { isTransient } from '../../src/event-sourcing/postgres/transient-failure.js';
import { SubjectKeys } from '../../src/event-sourcing/privacy/subject-keys.js';
import { EventStore, PersonalKeyLostError, Timers } from '../../src/event-sourcing/index.js';
import { UserDeactivated, UserRegistered } from '../../src/users/user.events.js';
import { eventually } from '../support/eventually.js';
import { startOn } from '../support/http/test-service.js';
import { installedPrograms, InstalledServer } from '../support/servers/installed-server.js';

const programs = installedPrograms();

/** A commit that does not wait for the disk stays in the memory of the server for so long. */
const UNWRITTEN = '-c wal_writer_delay=10s';

(programs === undefined ? describe.skip : describe)('a key that the database lost', () => {
  let server: InstalledServer;
  let service: Awaited<ReturnType<typeof startOn>>;
  let store: EventStore;
  beforeAll(async () => {
    server = await InstalledServer.start(programs!, UNWRITTEN);
    service = await startOn(server.url, { PROJECTIONS: 'off' });
    store = service.app.get(EventStore);
  });
  afterAll(async () => {
    await service?.stop();
    await server.remove();
  });

  const registered = (userId: string) =>
    new UserRegistered({ userId, name: 'Ann', email: 'ann@example.org', initialPreferences: [] });
  const register = (userId: string, options = {}) =>
    store.appendToStream(`test-${userId}`, 'any', [registered(userId)], options);
  /** As a process reads them that has no key in memory. */
  const namesOf = async (userId: string) => {
    service.app.get(SubjectKeys).forget();
    const events = await store.readStream(`test-${userId}`);
    return (await service.app.get(EventRegistry).shown(events)).map(
      ({ data }) => (data as { name: string }).name,
    );
  };
  const keysOf = (userId: string) =>
    server.query<{ key_id: string }>('select key_id from eventfold.subject_keys where subject = $1', [
      userId,
    ]);
  /** Takes the keys away that this process has in memory, as a server does that lacks the last commits. */
  const lose = (userId: string) =>
    server.query('delete from eventfold.subject_keys where subject = $1', [userId]);
  const withKeyInMemory = async () => {
    const userId = randomUUID();
    await service.app.get(Timers).schedule({ in: '1h' }, registered(userId), { stream: `test-${userId}` });
    return userId;
  };

  /** @returns whether the append outlived the crash: it is tried again for a few seconds */
  async function appendDuringCrash(userId: string): Promise<boolean> {
    const holder = await new DataSource({ type: 'postgres', url: server.url }).initialize();
    const runner = holder.createQueryRunner();
    await runner.startTransaction();
    await runner.query('lock table eventfold.append_lock in share update exclusive mode');
    const appending = register(userId).then(
      () => true,
      (error: unknown) => {
        if (isTransient(error)) return false;
        throw error;
      },
    );
    await eventually(async () => expect(await keysOf(userId)).toHaveLength(1));
    const [before] = await keysOf(userId);
    await server.crash();
    await holder.destroy().catch(() => undefined);
    await server.startAgain(UNWRITTEN);
    const isStored = await appending;
    expect(await keysOf(userId)).not.toContainEqual(before);
    return isStored;
  }

  it('is lost by a crash of the server while an append under it waits: the append gets another one', async () => {
    let userId: string;
    do userId = randomUUID();
    while (!(await appendDuringCrash(userId)));
    expect(await namesOf(userId)).toEqual(['Ann']);
  });

  it('is made anew for the appends that need it, and others of their batch go on', async () => {
    const [lost, kept] = [await withKeyInMemory(), await withKeyInMemory()];
    await lose(lost);
    await Promise.all([
      register(kept),
      register(lost),
      store.appendToStream(`test-${randomUUID()}`, 'any', [new UserDeactivated({ userId: randomUUID() })]),
      store.appendEach([{ streamId: `test-${lost}`, event: registered(lost) }]),
      register(kept),
    ]);
    expect(await namesOf(lost)).toEqual(['Ann', 'Ann']);
    expect(await namesOf(kept)).toEqual(['Ann', 'Ann']);
  });

  it('is made anew for a timer', async () => {
    const userId = await withKeyInMemory();
    await lose(userId);
    const timers = service.app.get(Timers);
    const { id } = await timers.schedule({ in: '1h' }, registered(userId), { stream: `test-${userId}` });
    service.app.get(SubjectKeys).forget();
    expect(await timers.find(id)).toMatchObject({ data: { name: 'Ann' } });
  });

  it.each(['call', 'commit'] as const)(
    'ends a transaction of the caller that appends at the %s, and the next try succeeds',
    async (at) => {
      const userId = await withKeyInMemory();
      await lose(userId);
      const inTransaction = () =>
        service.app.get(DataSource).transaction((manager) => register(userId, { manager, at }));
      await expect(inTransaction()).rejects.toThrow(PersonalKeyLostError);
      await inTransaction();
      expect(await namesOf(userId)).toEqual(['Ann']);
    },
  );

  it.each(['REPEATABLE READ', 'SERIALIZABLE'] as const)(
    'is told from a key that came after the snapshot of a %s transaction',
    async (level) => {
      const userId = randomUUID();
      await service.app.get(DataSource).transaction(level, async (manager) => {
        await manager.query('select from eventfold.subject_keys'); // from here on, it sees no newer row
        await register(userId, { manager });
      });
      expect(await namesOf(userId)).toEqual(['Ann']);
    },
  );
});
