import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { startTestService, type TestService } from '../support/http/test-service.js';

describe('an account, from the command to the log and back', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());

  it('is registered, subscribed and changed, and loads back from the log with exactly that state', async () => {
    const { api } = service;
    const userId = randomUUID();
    const registration = {
      userId,
      email: `${userId}@example.org`,
      name: 'Ada',
      initialPreferences: ['drama', 'comedy', 'action'],
    };
    const registered = await api.post('/users', registration);
    expect(registered).toMatchObject({ status: 201, body: { userId, version: 1 } });
    expect(registered.headers.get('location')).toBe(`/users/${userId}`);
    expect(registered.headers.get('etag')).toBe('"1"');

    await api.post(`/users/${userId}/subscription`, { plan: 'premium', paymentMethod: 'credit_card' });
    const preferences = ['drama', 'thriller', 'documentary'];
    const changed = await api.put(`/users/${userId}/preferences`, { preferences });
    expect(changed).toMatchObject({ status: 200, body: { userId, version: 3 } });

    expect((await api.get(`/users/${userId}`)).body).toEqual({
      userId,
      email: registration.email,
      name: 'Ada',
      subscriptionPlan: 'premium',
      preferences,
      isActive: true,
      version: 3,
    });
    const profile = await api.get(`/users/${userId}/profile`, {
      'read-after': String(changed.body.position),
    });
    expect(profile.body).toMatchObject({
      subscriptionPlan: 'premium',
      preferences,
      favoriteGenres: registration.initialPreferences,
      isPremium: true,
      isActive: true,
      totalWatchTime: 0,
    });
  });
});

describe('an account over HTTP', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());

  const register = (registration: object) =>
    service.api.post('/users', { email: `${randomUUID()}@example.org`, name: 'Ada', ...registration });

  it.each<[string, (id: string) => string]>([
    ['in capitals', (id) => id.toUpperCase()],
    ['in braces', (id) => `{${id}}`],
    ['without hyphens', (id) => id.replaceAll('-', '')],
    ['with a hyphen after every four digits', (id) => id.replaceAll('-', '').replace(/(.{4})(?=.)/g, '$1-')],
    ['of no version', (id) => `00000000-0000-0000-0000-${id.slice(-12)}`],
  ])('has an id that PostgreSQL takes, %s, under which all of it is found', async (_spelling, spell) => {
    const { api } = service;
    const sent = spell(randomUUID());
    const [{ id }] = (await service.database.query<{ id: string }>('select $1::uuid as id', [sent])) as [
      { id: string },
    ];
    const registered = await register({ userId: sent });
    expect(registered).toMatchObject({ status: 201, body: { userId: id } });
    expect(registered.headers.get('location')).toBe(`/users/${id}`);
    expect(await register({ userId: id })).toMatchObject({ body: { type: 'user.already-registered' } });
    const path = `/users/${encodeURIComponent(sent)}`;
    const watched = await api.post('/viewing/watched', {
      userId: sent,
      contentId: 'film',
      watchDurationSeconds: 60,
      completionPercentage: 50,
      eventId: spell(randomUUID()),
    });
    expect(watched.status).toBe(202);
    const after = { 'read-after': String(watched.body.position) };
    expect((await api.get(`${path}/profile`, after)).body).toMatchObject({ userId: id, totalWatchTime: 60 });
    expect((await api.get(path)).body).toMatchObject({ userId: id });
    expect((await api.post(`${path}/deactivation`)).status).toBe(200);
    expect((await api.get('/projections/user-profile')).body).toMatchObject({ parkedKeys: 0 });
  });

  it.each([
    ['composed or not', 'jos\u00e9', 'jose\u0301', '@example.org'],
    ['in capitals that decompose', '\u0130pek', 'I\u0307pek', '@example.org'],
    ['with a host of other letters or its Punycode', 'ada@b\u00fccher.', 'ada@xn--bcher-kva.', 'example'],
    ['with a host that is not composed', 'eve@b\u00fccher.', 'eve@bu\u0308cher.', 'example'],
    ['with a host in capitals', 'bob@B\u00dcCHER.', 'bob@b\u00fccher.', 'example'],
  ])('has an address once, %s', async (_what, one, other, end) => {
    expect((await register({ email: `${one}${end}` })).status).toBe(201);
    expect(await register({ email: `${other}${end}` })).toMatchObject({
      status: 409,
      body: { type: 'user.email-taken' },
    });
  });

  it('has no address whose host cannot be one', async () => {
    expect(await register({ email: 'ada@xn--a.example' })).toMatchObject({
      status: 400,
      body: { type: 'invalid-request', errors: [{ path: 'email' }] },
    });
  });

  it.each([
    '4111 1111 1111 1111',
    '4111-1111-1111-1111',
    'Visa 378282246310005',
    'DE89 3704 0044 0532 0130 00',
  ])('is not paid for with the number %s, which is not stored and not repeated', async (paymentMethod) => {
    const { userId } = (await register({})).body;
    const headers = { 'idempotency-key': randomUUID() };
    const subscribe = (body: object) =>
      service.api.post(`/users/${userId}/subscription`, { plan: 'premium', ...body }, headers);
    const refused = await subscribe({ paymentMethod });
    expect(refused).toMatchObject({ status: 400, body: { type: 'user.invalid-payment-method' } });
    for (const table of ['events', 'idempotency_keys']) {
      const [found] = await service.database.query<{ text: string }>(
        `select coalesce(string_agg(t::text, ' '), '') as text from eventfold.${table} t`,
      );
      expect(found!.text).not.toContain(paymentMethod);
    }
    expect(JSON.stringify(refused.body)).not.toContain(paymentMethod);
    expect((await subscribe({ paymentMethod: 'pm_1NxYzq2eZvKYlo2C' })).status).toBe(200);
  });
});
