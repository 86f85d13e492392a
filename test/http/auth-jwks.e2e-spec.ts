import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Api } from '../support/http/api.js';
import { type IssuerKey, issuerKey, JwksServer } from '../support/servers/jwks-server.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startOn } from '../support/http/test-service.js';
import { bearer, forgedToken, tokenOf } from '../support/http/tokens.js';

const ISSUER = 'https://issuer.example.org/';
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];

describe('a service with AUTH_JWKS_URL', () => {
  let keys: Record<string, IssuerKey>;
  let issuer: JwksServer;
  let database: TestDatabase;
  let service: { url: string; stop(): Promise<void> };
  let api: Api;
  beforeAll(async () => {
    const made = await Promise.all(ALGORITHMS.map((alg) => issuerKey(alg, `${alg} key`)));
    keys = Object.fromEntries(made.map((key) => [key.alg, key]));
  });
  beforeEach(async () => {
    issuer = new JwksServer();
    issuer.keys = Object.values(keys);
    await issuer.start();
    database = await createTestDatabase();
    service = await startOn(database.url, {
      AUTH_JWKS_URL: issuer.url,
      AUTH_ISSUER: ISSUER,
      AUTH_AUDIENCE: 'eventfold',
      PROJECTIONS: 'off',
    });
    api = new Api(service.url);
  });
  afterEach(async () => {
    await issuer.stop();
    await service.stop();
    await database.drop();
  });

  /** A new token each time: a valid one is remembered. */
  const adminClaims = () => ({
    iss: ISSUER,
    aud: 'eventfold',
    sub: 'ops',
    scope: 'admin',
    jti: randomUUID(),
  });
  const signed = ({ alg, kid, privateKey }: IssuerKey) =>
    tokenOf(adminClaims(), { alg, kid } as never, privateKey);
  const ask = async (token: string) => api.get('/events', bearer(token));
  const statusFor = async (token: string) => (await ask(token)).status;

  it.each(ALGORITHMS)('takes what the published %s key has signed', async (alg) => {
    expect(await statusFor(await signed(keys[alg]!))).toBe(200);
  });

  it('fetches the keys once, not before they are needed', async () => {
    expect(issuer.requests).toBe(0);
    const tokens = await Promise.all(ALGORITHMS.map((alg) => signed(keys[alg]!)));
    expect(await Promise.all(tokens.map(statusFor))).toEqual([200, 200, 200, 200]);
    expect(await statusFor(await signed(keys['RS256']!))).toBe(200);
    expect(issuer.requests).toBe(1);
  });

  it.each<[string, () => string | Promise<string>]>([
    ['is not signed', () => forgedToken({ alg: 'none' }, adminClaims())],
    ['is not signed, and names a key', () => forgedToken({ alg: 'none', kid: 'RS256 key' }, adminClaims())],
    [
      'is signed with the public key as if that were a secret',
      () => forgedToken({ alg: 'HS256', kid: 'RS256 key' }, adminClaims(), keys['RS256']!.spki),
    ],
    [
      'is signed with the public modulus as if that were a secret',
      () =>
        forgedToken(
          { alg: 'HS256', kid: 'RS256 key' },
          adminClaims(),
          Buffer.from(keys['RS256']!.jwk.n!, 'base64url'),
        ),
    ],
    [
      'is signed by an algorithm that is not on the list',
      async () => {
        const key = await issuerKey('RS512', 'RS512 key');
        issuer.keys = [key];
        return signed(key);
      },
    ],
    ['is signed by a key of the same name', async () => signed(await issuerKey('RS256', 'RS256 key'))],
    [
      'brings its key along',
      async () => {
        const { privateKey, jwk } = await issuerKey('ES256', 'mine');
        return tokenOf(adminClaims(), { alg: 'ES256', jwk } as never, privateKey);
      },
    ],
  ])('refuses a token that %s', async (_what, make) => {
    const { status, body } = await ask(await make());
    expect({ status, body }).toMatchObject({ status: 401, body: { type: 'unauthenticated' } });
  });

  it.each([
    ['another application', { aud: 'another-application' }],
    ['no application', { aud: undefined }],
    ['another issuer by the same keys', { iss: 'https://other.example.org/' }],
  ])('refuses a token for %s', async (_whom, claims) => {
    const { alg, kid, privateKey } = keys['RS256']!;
    expect(
      await statusFor(await tokenOf({ ...adminClaims(), ...claims }, { alg, kid } as never, privateKey)),
    ).toBe(401);
  });

  it('refuses a shared secret that somebody has published', async () => {
    issuer.keys = [{ jwk: { kty: 'oct', k: 'c2VjcmV0', kid: 'shared', alg: 'HS256' } } as IssuerKey];
    expect(await statusFor(forgedToken({ alg: 'HS256', kid: 'shared' }, adminClaims(), 'secret'))).toBe(401);
  });

  it('takes what a new key has signed as soon as it is published, and no more what the old one signs', async () => {
    expect(await statusFor(await signed(keys['ES256']!))).toBe(200);
    const next = await issuerKey('ES256', 'next');
    issuer.keys = [next];
    expect(await statusFor(await signed(next))).toBe(200);
    expect(await statusFor(await signed(keys['ES256']!))).toBe(401);
  });

  it('does not ask the issuer for every key id that somebody makes up', async () => {
    expect(await statusFor(await signed(keys['ES256']!))).toBe(200);
    const madeUp = Array.from({ length: 20 }, (_, n) => signed({ ...keys['ES256']!, kid: `made up ${n}` }));
    const start = performance.now();
    const statuses = await Promise.all((await Promise.all(madeUp)).map(statusFor));
    const seconds = (performance.now() - start) / 1_000;
    expect(new Set(statuses)).toEqual(new Set([401]));
    expect(issuer.requests).toBeLessThanOrEqual(2 + seconds);
  });

  async function expectKeysUnavailable(): Promise<void> {
    const { status, headers, body } = await ask(await signed(keys['RS256']!));
    expect({ status, type: body.type }).toEqual({ status: 503, type: 'keys-unavailable' });
    expect(headers.get('retry-after')).toBe('1');
    expect(headers.get('www-authenticate')).toBeNull();
    expect(JSON.stringify(body)).not.toContain('127.0.0.1');
  }

  it.each(['fails', 'is no JSON', 'hangs'] as const)(
    'answers 503 while the server with the keys %s',
    async (mode) => {
      issuer.mode = mode;
      await expectKeysUnavailable();
      issuer.mode = 'keys';
      expect(await statusFor(await signed(keys['RS256']!))).toBe(200);
    },
  );

  it('answers 503 while it cannot be reached; goes on with keys and tokens that it knows, and health', async () => {
    await issuer.stop();
    await expectKeysUnavailable();
    expect((await api.get('/health/ready')).status).toBe(200);
    expect((await api.get('/events')).status).toBe(401);
    await issuer.start();
    const token = await signed(keys['RS256']!);
    expect(await statusFor(token)).toBe(200);
    await issuer.stop();
    expect(await statusFor(token)).toBe(200);
    expect(await statusFor(await signed(keys['RS256']!))).toBe(200);
  });
});
