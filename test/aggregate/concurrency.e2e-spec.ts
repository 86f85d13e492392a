import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ConcurrencyError } from '../../src/event-sourcing/index.js';
import { UserRepository } from '../../src/users/user.repository.js';
import type { Answer } from '../support/http/api.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

describe('commands that meet', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService({ RETRY_MAX_ATTEMPTS: '10', RETRY_BASE_DELAY_MS: '5' });
  });
  afterAll(() => service.stop());

  const register = async (email = `${randomUUID()}@example.org`) => {
    const userId = randomUUID();
    const answer = await service.api.post('/users', { userId, email, name: 'Ada' });
    return { userId, answer };
  };
  const prefer = (userId: string, genre: string, headers?: Record<string, string>) =>
    service.api.put(`/users/${userId}/preferences`, { preferences: [genre] }, headers);

  /** Every acknowledged command is in the log once, at the place in its answer, and no numbers are missing. */
  async function expectLogToHold(answers: readonly Answer[]): Promise<void> {
    const acknowledged = answers.filter(({ status }) => status < 300).map(({ body }) => body);
    const rows = await service.database.query<{ stream: string; version: number; position: number }>(
      `select stream_id as stream, stream_version as version, global_position::integer as position
         from eventfold.events order by global_position`,
    );
    const places = new Map(rows.map(({ position, ...place }) => [position, place]));
    for (const { userId, version, position } of acknowledged) {
      expect(places.get(position)).toEqual({ stream: `user-${userId}`, version });
    }
    expect(new Set(acknowledged.map(({ position }) => position)).size).toBe(acknowledged.length);
    expect(rows.length).toBe(Math.max(...places.keys()));
    const lengths = new Map<string, number>();
    for (const { stream, version } of rows) {
      expect(version).toBe((lengths.get(stream) ?? 0) + 1);
      lengths.set(stream, version);
    }
  }

  it('200 on one user: all are acknowledged, and none hears of a conflict', async () => {
    const { userId, answer } = await register();
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => prefer(userId, `genre-${index}`)),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    await expectLogToHold([answer, ...answers]);
  });

  it('200 on as many users: all are acknowledged', async () => {
    const answers = (await Promise.all(Array.from({ length: 200 }, () => register()))).map(
      ({ answer }) => answer,
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    await expectLogToHold(answers);
  });

  it('200 registrations of one e-mail address: one wins, all others hear that it is taken', async () => {
    const email = `${randomUUID()}@example.org`;
    const answers = (
      await Promise.all(Array.from({ length: 200 }, (_, i) => register(i % 2 ? email : email.toUpperCase())))
    ).map(({ answer }) => answer);
    const outcomes = answers.map(({ status, body }) => (status === 201 ? 'registered' : body.type));
    expect(outcomes.filter((outcome) => outcome !== 'user.email-taken')).toEqual(['registered']);
    await expectLogToHold(answers);
  });

  it('two that read version 3: one wins, the other runs its rule again on version 4', async () => {
    const { userId } = await register();
    await prefer(userId, 'drama');
    await prefer(userId, 'comedy');
    const users = service.app.get(UserRepository);
    const seen: Record<string, number[]> = { first: [], second: [] };
    const bothHaveRead = meeting(2);
    const update = (name: string) =>
      users.update(userId, async (user) => {
        seen[name]!.push(user.version);
        if (seen[name]!.length === 1) await bothHaveRead();
        user.updatePreferences([...user.state.preferences, name]);
      });
    const [first, second] = await Promise.all([update('first'), update('second')]);
    const [winner, other] = first.version === 4 ? ['first', 'second'] : ['second', 'first'];
    expect(new Set([first.version, second.version])).toEqual(new Set([4, 5]));
    expect(seen).toEqual({ [winner]: [3], [other]: [3, 4] });
    expect((await service.api.get(`/users/${userId}`)).body.preferences).toEqual(['comedy', winner, other]);
  });

  it('the rule that runs again may refuse: a second subscription to the same plan is not sold', async () => {
    const { userId } = await register();
    const subscribe = () =>
      service.api.post(`/users/${userId}/subscription`, { plan: 'premium', paymentMethod: 'credit_card' });
    const answers = await Promise.all(Array.from({ length: 20 }, subscribe));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.type === 'user.already-on-plan')).toHaveLength(19);
  });

  it('with If-Match, the one that comes late gets 412 with both versions, and nothing is tried again', async () => {
    const { userId } = await register();
    const answers = await Promise.all(
      ['a', 'b', 'c'].map((genre) => prefer(userId, genre, { 'if-match': '"1"' })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(2);
    const late = answers.find(({ status }) => status === 412)!;
    expect(late.body).toMatchObject({ type: 'version-mismatch', expectedVersion: 1, actualVersion: 2 });
    expect((await service.api.get(`/users/${userId}`)).body.version).toBe(2);
  });

  it('that lose every try get the conflict with both versions', async () => {
    const { userId } = await register();
    const users = service.app.get(UserRepository);
    const overtaken = users.update(
      userId,
      async (user) => {
        await prefer(userId, randomUUID());
        user.deactivate();
      },
      { retry: { maxAttempts: 2, baseDelayMs: 1 } },
    );
    await expect(overtaken).rejects.toThrow(ConcurrencyError);
    // The command is overtaken at version 1, which the cache has and which costs no attempt, then at 2 and at 3.
    await expect(overtaken).rejects.toMatchObject({ expectedVersion: 3, actualVersion: 4 });
  });
});

/** A place where `guests` wait for each other. */
function meeting(guests: number): () => Promise<void> {
  let meet: () => void;
  const met = new Promise<void>((resolve) => (meet = resolve));
  return () => {
    if (--guests === 0) meet();
    return met;
  };
}
