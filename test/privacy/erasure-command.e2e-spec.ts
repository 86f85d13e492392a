import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventfold } from '../support/cli.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

describe('eventfold privacy', () => {
  let service: TestService;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eventfold-privacy-'));
    service = await startTestService(ledger());
  });
  afterEach(async () => {
    await service.stop();
    await rm(folder, { recursive: true });
  });

  const ledger = () => ({ PRIVACY_LEDGER: join(folder, 'erasures.jsonl') });
  const privacy = (...args: string[]) =>
    eventfold({ DATABASE_URL: service.database.url, ...ledger() }, 'privacy', ...args);
  const register = async () => {
    const [userId, email] = [randomUUID(), `${randomUUID()}@example.org`];
    const { body } = await service.api.post('/users', { userId, email, name: 'Ann' });
    await service.api.get(`/users/${userId}/profile`, { 'read-after': String(body.position) });
    return { userId, email };
  };

  it('erases a person beside the service, and verifies that before and after', async () => {
    const { userId, email } = await register();
    const before = await privacy('verify', userId, '--text', email);
    expect(before).toMatchObject({
      code: 1,
      out: expect.stringContaining('nobody has asked for the erasure'),
    });
    expect(before.out).toContain(`eventfold.user_profiles.email: 1 rows with "${email}"`);
    const erased = await privacy('erase', userId, '--reason', 'asked by mail', '--json');
    expect([erased.code, JSON.parse(erased.out)]).toEqual([
      0,
      expect.objectContaining({ state: 'done', subject: userId, reason: 'asked by mail' }),
    ]);
    const after = await privacy('verify', userId, '--text', email, '--json');
    expect([after.code, JSON.parse(after.out).isForgotten]).toEqual([0, true]);
    expect((await service.api.get(`/users/${userId}`)).status).toBe(410);
  });

  it('says what it waits for while nobody folds, and goes on when it is called again', async () => {
    const { userId } = await register();
    await service.database.query(
      `update eventfold.projections set paused_at = now() where name = 'user-profile'`,
    );
    const first = await privacy('erase', userId, '--wait', '0');
    expect(first).toMatchObject({ code: 1, out: expect.stringContaining('NOT DONE YET') });
    expect((await privacy('verify', userId)).out).toContain('the erasure is not done yet');
    await service.database.query(`update eventfold.projections set paused_at = null`);
    expect((await privacy('erase', userId)).out).toContain('erased');
  });
});
