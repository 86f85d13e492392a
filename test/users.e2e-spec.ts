import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { startTestService, type TestService } from './support/test-service.js';

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
