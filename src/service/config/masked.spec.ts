import { describe, expect, it } from '@jest/globals';
import { masked } from './masked.js';

describe('a setting that is shown', () => {
  it.each([
    ['postgres://eve:hunter2@db:5432/events', 'postgres://eve:***@db:5432/events'],
    ['postgres://eve:hunt%40er2@db/events?sslmode=require', 'postgres://eve:***@db/events?sslmode=require'],
    ['postgres://db/events?user=eve&password=hunter2', 'postgres://db/events?user=eve&password=***'],
    ['postgres://eve@db/events', 'postgres://eve@db/events'],
    ['eve:hunter2 at the db', '***'],
  ])('is a URL without its passwords: %s', (value, shown) => {
    expect(masked('DATABASE_URL', value)).toBe(shown);
  });

  it.each([
    ['nats://eve:hunter2@a:4222, nats://b:4222', 'nats://eve:***@a:4222,nats://b:4222'],
    ['tls://hunter2@a:4222', 'tls://***@a:4222'],
    ['nats://a:4222,hunter2', 'nats://a:4222,***'],
  ])('is a list of brokers without passwords and tokens: %s', (value, shown) => {
    expect(masked('JETSTREAM_URL', value)).toBe(shown);
  });

  it('hides a key that is part of another URL', () => {
    expect(masked('AUTH_JWKS_URL', 'https://a:b@c.example.org/jwks?api_key=d')).toBe(
      'https://a:***@c.example.org/jwks?api_key=***',
    );
  });

  it('is not shown when it is a secret, not even one that looks like a URL', () => {
    expect(masked('AUTH_JWT_SECRET', 'hunter2')).toBe('***');
    expect(masked('AUTH_JWT_SECRET', 'postgres://hunter2')).toBe('***');
  });

  it('is otherwise what it is', () => {
    expect(masked('PORT', 3000)).toBe(3000);
    expect(masked('HOST', 'localhost')).toBe('localhost');
  });
});
