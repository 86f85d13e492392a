import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ErasureService, EventStore, TextSearch } from '../../src/event-sourcing/index.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

describe('a person who asks to be forgotten', () => {
  let service: TestService;
  beforeAll(async () => (service = await startTestService({ SNAPSHOT_EVERY: '2' })));
  afterAll(() => service.stop());

  const register = async (email = `${randomUUID()}@example.org`) => {
    const userId = randomUUID();
    const { status, body } = await service.api.post('/users', { userId, email, name: `Ann ${userId}` });
    expect(status).toBe(201);
    return { userId, email, position: body.position as number };
  };
  const profile = (userId: string, position: number) =>
    service.api.get(`/users/${userId}/profile`, { 'read-after': String(position) });
  const erase = (userId: string, headers?: Record<string, string>) =>
    service.api.send('DELETE', `/users/${userId}`, undefined, headers);
  const reportOf = async (erasureId: string) =>
    (await service.api.get(`/privacy/erasures/${erasureId}`)).body;

  it('is erased, and a report tells place by place what was found and done', async () => {
    const { userId, position } = await register();
    await profile(userId, position);
    const { status, body, headers } = await erase(userId);
    expect([status, headers.get('location')]).toEqual([202, `/privacy/erasures/${body.erasureId}`]);
    await service.app.get(ErasureService).settled(body.erasureId, 20_000);
    const report = await reportOf(body.erasureId);
    expect(report).toMatchObject({ state: 'done', subject: userId, requestedBy: null });
    expect(report.steps.map(({ place }: { place: string }) => place)).toEqual(
      expect.arrayContaining(['subject_keys', 'events', 'snapshots', 'processes', 'projection user-profile']),
    );
    expect(report.outside).toContainEqual(expect.stringContaining('backups'));
  });

  it('is gone from every route, and from no other', async () => {
    const { userId, position } = await register();
    await profile(userId, position);
    await erase(userId);
    const commands = [
      ['POST', 'subscription', { plan: 'premium', paymentMethod: 'token' }],
      ['PUT', 'preferences', { preferences: ['drama'] }],
      ['POST', 'deactivation', {}],
      ['POST', 'reactivation', {}],
      ['DELETE', '', undefined],
    ] as const;
    for (const [method, path, sent] of commands) {
      const { status, body } = await service.api.send(
        method,
        `/users/${userId}/${path}`.replace(/\/$/, ''),
        sent,
      );
      expect([path, status, body.type]).toEqual([path, 410, 'user.erased']);
    }
    for (const path of ['', '?version=1', '/history', '/profile', '/data']) {
      const { status, body } = await service.api.get(`/users/${userId}${path}`);
      expect([path, status, body.type]).toEqual([path, 410, 'user.erased']);
    }
    const { body } = await service.api.get(`/users/${randomUUID()}/profile`);
    expect(body.type).toBe('user-profile.not-found');
  });

  it('cannot be registered again under its id, and can under its address', async () => {
    const { userId, email, position } = await register();
    await profile(userId, position);
    await erase(userId);
    const again = await service.api.post('/users', { userId, email: 'else@example.org', name: 'Ann' });
    expect([again.status, again.body.type]).toEqual([409, 'subject-erased']);
    const other = await register(email);
    expect((await profile(other.userId, other.position)).body.email).toBe(email);
    const third = await service.api.post('/users', { email, name: 'Third' });
    expect([third.status, third.body.type]).toEqual([409, 'user.email-taken']);
  });

  it('gets the same answer again under its Idempotency-Key', async () => {
    const { userId } = await register();
    const key = { 'idempotency-key': randomUUID() };
    const first = await erase(userId, key);
    const second = await erase(userId, key);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect([second.status, second.body]).toEqual([202, first.body]);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
  });

  it('gets all that is kept about it, events and rows', async () => {
    const { userId, email } = await register();
    const watched = { userId, contentId: 'metropolis', watchDurationSeconds: 60, completionPercentage: 10 };
    const { body: receipt } = await service.api.post('/viewing/watched', watched);
    await profile(userId, receipt.position);
    await service.api.get('/contents/metropolis/popularity', { 'read-after': String(receipt.position) });
    const { status, body } = await service.api.get(`/users/${userId}/data`);
    expect(status).toBe(200);
    expect(body.events.map(({ type }: { type: string }) => type)).toEqual([
      'user.email_reserved',
      'user.registered',
      'content.watched',
    ]);
    expect(body.events[1].data.email).toBe(email);
    expect(body.rows['eventfold.user_profiles']).toEqual([expect.objectContaining({ email })]);
    expect(body.rows['eventfold.content_viewers']).toEqual([expect.objectContaining({ user_id: userId })]);
  });

  it('leaves no text behind in any table', async () => {
    const { userId, email, position } = await register();
    await service.api.put(`/users/${userId}/preferences`, { preferences: ['drama'] });
    await profile(userId, position);
    const search = service.app.get(TextSearch);
    const before = await search.find([email]);
    expect(before.map(({ table }) => table)).toContain('eventfold.user_profiles');
    const { body } = await erase(userId);
    await service.app.get(ErasureService).settled(body.erasureId, 20_000);
    expect(await search.find([email, `Ann ${userId}`])).toEqual([]);
  });

  it('has no personal data after its erasure, whatever was decided before', async () => {
    const store = service.app.get(EventStore);
    const { userId } = await register();
    await erase(userId);
    const events = await store.readStream(`user-${userId}`);
    expect(events.at(-1)).toMatchObject({ type: 'user.erased', data: { userId } });
  });
});
