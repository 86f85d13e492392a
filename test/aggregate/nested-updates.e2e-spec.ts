/** An update of an aggregate inside the decision of another update of it, which would be stored once per attempt. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CommandBus } from '@nestjs/cqrs';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { EventStore } from '../../src/event-sourcing/index.js';
import { UpdatePreferences } from '../../src/users/commands/update-preferences.command.js';
import type { User } from '../../src/users/user.js';
import { UserRepository } from '../../src/users/user.repository.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

describe('a decision on an aggregate', () => {
  let service: TestService;
  let users: UserRepository;
  let store: EventStore;
  let id: string;
  let other: string;

  const register = async () => {
    const userId = randomUUID();
    await service.api.post('/users', { userId, email: `${userId}@example.org`, name: 'Ada' });
    return userId;
  };
  beforeAll(async () => {
    service = await startTestService({ PROJECTIONS: 'off', RETRY_BASE_DELAY_MS: '1' });
    users = service.app.get(UserRepository);
    store = service.app.get(EventStore);
  });
  afterAll(() => service.stop());
  beforeEach(async () => {
    [id, other] = [await register(), await register()];
  });

  let genre = 0;
  const prefer = (user: User) => user.updatePreferences([`genre-${genre++}`]);
  const versionOf = async (userId: string) => (await users.find(userId))!.version;
  const event = { type: 'user.preferences_updated', data: { preferences: ['drama'] } };
  const changed = async (userId: string) => {
    const user = (await users.find(userId))!;
    prefer(user);
    return user;
  };

  it.each<[string, () => Promise<unknown>]>([
    ['another update', () => users.update(id, prefer)],
    ['an update that raises nothing', () => users.update(id, () => undefined)],
    ['a stored change of another copy', async () => users.create(await changed(id))],
    [
      'a command over the bus',
      () => service.app.get(CommandBus).execute(new UpdatePreferences(id, ['drama'])),
    ],
    ['an append to its stream', () => store.appendToStream(users.streamOf(id), 'any', [event])],
    ['an append of single events', () => store.appendEach([{ streamId: users.streamOf(id), event }])],
    [
      'an update inside that of another one',
      () => users.update(other, async () => void (await users.update(id, prefer))),
    ],
    [
      'an update of another one, with an event for its stream alongside,',
      () =>
        users.update(other, prefer, {
          alongside: [{ streamId: users.streamOf(id), expectedVersion: 'any', events: [event] }],
        }),
    ],
  ])('refuses %s inside it, and stores neither', async (_, inner) => {
    const before = await versionOf(id);
    const update = users.update(id, async (user) => {
      prefer(user);
      await inner();
    });
    await expect(update).rejects.toMatchObject({ code: 'nested-update', kind: 'broken' });
    expect(await versionOf(id)).toBe(before);
    expect(await versionOf(other)).toBe(1);
  });

  it.each(['call', 'commit'] as const)('refuses it in a transaction, at the %s', async (at) => {
    const transaction = service.app.get(DataSource).transaction((manager) =>
      users.update(id, async (user) => void (prefer(user), await users.update(id, prefer, { manager, at })), {
        manager,
        at,
      }),
    );
    await expect(transaction).rejects.toMatchObject({ code: 'nested-update' });
    expect(await versionOf(id)).toBe(1);
  });

  it('may update another aggregate', async () => {
    await users.update(id, async (user) => {
      await users.update(other, prefer);
      prefer(user);
    });
    expect([await versionOf(id), await versionOf(other)]).toEqual([2, 2]);
  });

  it('does not bind code that it started and did not await', async () => {
    let isOver!: () => void;
    const over = new Promise<void>((resolve) => (isOver = resolve));
    let later!: Promise<unknown>;
    await users.update(id, (user) => {
      prefer(user);
      later = over.then(() => users.update(id, prefer));
    });
    isOver();
    await later;
    expect(await versionOf(id)).toBe(3);
  });

  it('is answered with one version for each of many at once, as ever', async () => {
    await Promise.all(Array.from({ length: 50 }, () => users.update(id, prefer)));
    expect(await versionOf(id)).toBe(51);
  });
});
