import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { routesOf } from '../../src/api/route/routes.js';
import { type Answer, Api } from '../support/http/api.js';
import { startOn, startTestService, type TestService } from '../support/http/test-service.js';
import { bearer, type Claims, forgedToken, nowInS, SECRET, tokenOf } from '../support/http/tokens.js';

const USER = randomUUID();
const OTHER = randomUUID();

/** The sender, by the headers of the request. */
const SENDERS: Record<string, () => Promise<Record<string, string>>> = {
  nobody: async () => ({}),
  'the user': async () => bearer(await tokenOf({ sub: USER })),
  'another user': async () => bearer(await tokenOf({ sub: OTHER })),
  'a service that sends viewing events': async () =>
    bearer(await tokenOf({ sub: 'player', scope: 'openid viewing:write' })),
  'an administrator': async () => bearer(await tokenOf({ sub: 'ops', scope: 'admin' })),
};
const [NOBODY, THE_USER, ANOTHER, VIEWING, ADMIN] = Object.keys(SENDERS) as [
  string,
  string,
  string,
  string,
  string,
];

function expectProblem(answer: Answer, status: number, type: string): void {
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status, body: { status, type } });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
}

describe('a service with AUTH_JWT_SECRET', () => {
  let service: TestService;
  let api: Api;
  beforeAll(async () => {
    service = await startTestService({
      AUTH_JWT_SECRET: SECRET,
      PROJECTIONS: 'off',
      READ_AFTER_TIMEOUT_MS: '2000',
    });
    ({ api } = service);
  });
  afterAll(() => service.stop());

  const as = (token: string) => bearer(token);
  const register = async (claims: Claims, body: object = {}, headers = {}) =>
    api.post(
      '/users',
      { email: `${randomUUID()}@example.org`, name: 'Ada', ...body },
      { ...as(await tokenOf(claims)), ...headers },
    );
  const actorsOf = (userId: string) =>
    service.database.query<{ type: string; actor: string | null }>(
      `select event_type as type, metadata->>'userId' as actor from eventfold.events
        where event_data->>'userId' = $1 order by global_position`,
      [userId],
    );

  describe('lets in', () => {
    /** The senders that each route admits, in the words of the contract and not of the source. */
    const ROUTES: [request: string, allowed: string[]][] = [
      ['GET /', [NOBODY, THE_USER, ANOTHER, VIEWING, ADMIN]],
      ['GET /health/live', [NOBODY, THE_USER, ANOTHER, VIEWING, ADMIN]],
      ['GET /health/ready', [NOBODY, THE_USER, ANOTHER, VIEWING, ADMIN]],
      ['POST /users', [THE_USER, ADMIN]],
      ['POST /users/:userId/subscription', [THE_USER, ADMIN]],
      ['PUT /users/:userId/preferences', [THE_USER, ADMIN]],
      ['POST /users/:userId/deactivation', [THE_USER, ADMIN]],
      ['POST /users/:userId/reactivation', [THE_USER, ADMIN]],
      ['DELETE /users/:userId', [THE_USER, ADMIN]],
      ['GET /users/:userId', [THE_USER, ADMIN]],
      ['GET /users/:userId/data', [THE_USER, ADMIN]],
      ['GET /users/:userId/history', [THE_USER, ADMIN]],
      ['GET /users/:userId/profile', [THE_USER, ADMIN]],
      ['GET /users', [ADMIN]],
      ['GET /contents/popularity', [THE_USER, ANOTHER, VIEWING, ADMIN]],
      ['GET /contents/:contentId/popularity', [THE_USER, ANOTHER, VIEWING, ADMIN]],
      ['PUT /contents/:contentId', [VIEWING, ADMIN]],
      ['POST /viewing/watched', [VIEWING, ADMIN]],
      ['POST /viewing/rated', [VIEWING, ADMIN]],
      ['POST /viewing/events', [VIEWING, ADMIN]],
      ['GET /streams/:streamId', [ADMIN]],
      ['GET /streams/:streamId/states', [ADMIN]],
      ['GET /events', [ADMIN]],
      ['GET /events/feed', [ADMIN]],
      ['GET /events/:position/rows', [ADMIN]],
      ['GET /projections/:name/rows/:key', [ADMIN]],
      ['GET /projections/:name/rows/:key/history', [ADMIN]],
      ['POST /projections/:name/rows/:key/rebuild', [ADMIN]],
      ['GET /metrics', [ADMIN]],
      ['GET /overview', [ADMIN]],
      ['GET /relay', [ADMIN]],
      ['GET /processes', [ADMIN]],
      ['POST /processes/:name/:key/retry', [ADMIN]],
      ['POST /processes/:name/:key/end', [ADMIN]],
      ['POST /processes/:name/:key/inputs', [ADMIN]],
      ['GET /operations', [ADMIN]],
      ['GET /timers', [ADMIN]],
      ['POST /timers/:id/move', [ADMIN]],
      ['POST /timers/:id/cancel', [ADMIN]],
      ['GET /privacy/erasures/:erasureId', [THE_USER, ANOTHER, VIEWING, ADMIN]],
      ['POST /privacy/views', [ADMIN]],
      ['GET /projections', [ADMIN]],
      ['GET /projections/:name', [ADMIN]],
      ['POST /projections/:name/pause', [ADMIN]],
      ['POST /projections/:name/resume', [ADMIN]],
      ['POST /projections/:name/rebuild', [ADMIN]],
      ['POST /projections/:name/rebuild/release', [ADMIN]],
      ['DELETE /projections/:name', [ADMIN]],
      ['DELETE /projections/:name/rebuild', [ADMIN]],
      ['GET /projections/:name/rebuilds', [ADMIN]],
      ['GET /projections/:name/parked', [ADMIN]],
      ['POST /projections/:name/parked/:key/retry', [ADMIN]],
      ['POST /projections/:name/parked/:key/skip', [ADMIN]],
    ];

    it.each(ROUTES)('to %s only %j', async (request, allowed) => {
      const [method, route] = request.split(' ') as [string, string];
      const path = route.replace(':userId', USER).replaceAll(/:\w+/g, 'unknown');
      const body = method === 'GET' ? undefined : { userId: USER, unknown: true };
      for (const [sender, headers] of Object.entries(SENDERS)) {
        const { status } = await api.send(method, path, body, await headers());
        const isIn = status !== 401 && status !== 403;
        expect({ sender, isIn, status }).toEqual({
          sender,
          isIn: allowed.includes(sender),
          status: isIn ? expect.any(Number) : sender === NOBODY ? 401 : 403,
        });
        expect(status).toBeLessThan(500);
      }
    });

    it('to every route whom it says: each states a rule, and is in the table above', () => {
      const routes = routesOf(service.app);
      expect(routes.filter(({ rule }) => rule === undefined)).toEqual([]);
      // The pages of the console are for anyone: `test/console/connection` opens them without a token.
      const ofConsole = new Set(['GET /:view', 'GET /assets/:file']);
      const names = [...new Set(routes.map(({ method, path }) => `${method} ${path}`))].filter(
        (name) => !ofConsole.has(name),
      );
      expect(names.toSorted()).toEqual(ROUTES.map(([request]) => request).toSorted());
    });
  });

  describe('before the body of a request is read', () => {
    const NO_JSON = '{"email":';

    it('turns away whoever has no token, or may not use the route', async () => {
      for (const [sender, status] of [
        [NOBODY, 401],
        [ANOTHER, 403],
        [THE_USER, 400],
      ] as const) {
        const path = `/users/${USER}/subscription`;
        const answer = await api.post(path, NO_JSON, await SENDERS[sender]!());
        expect([sender, answer.status]).toEqual([sender, status]);
      }
      expect((await api.post('/viewing/events', NO_JSON, await SENDERS[THE_USER]!())).status).toBe(403);
      expect((await api.post('/users', NO_JSON)).status).toBe(401);
    });

    it('answers, and does not wait for it', async () => {
      const { hostname, port } = new URL(api.url);
      const socket = connect(Number(port), hostname);
      socket.write(
        'POST /viewing/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n[',
      );
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1.1 401 /);
      socket.destroy();
    });
  });

  it('says how to come in to whoever has no token', async () => {
    const answer = await api.get(`/users/${USER}`, { 'x-correlation-id': 'mine' });
    expectProblem(answer, 401, 'unauthenticated');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="eventfold"');
    expect(answer.headers.get('x-correlation-id')).toBe('mine');
  });

  it('says which scope is missing', async () => {
    const answer = await api.get('/events', as(await tokenOf({ sub: USER, scope: 'viewing:write' })));
    expectProblem(answer, 403, 'forbidden');
    expect(answer.headers.get('www-authenticate')).toBe(
      'Bearer realm="eventfold", error="insufficient_scope", scope="admin"',
    );
  });

  const signed = (claims: Claims, alg = 'HS256') => tokenOf(claims, { alg });
  const admin = { sub: 'ops', scope: 'admin' };
  const swapped = (token: string, claims: Claims) =>
    token.replace(/\.[^.]+\./, `.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`);

  it.each<[string, () => Promise<string> | string]>([
    ['has expired', () => signed({ ...admin, exp: nowInS() - 32 })],
    ['never expires', () => signed({ ...admin, exp: undefined })],
    ['is not valid yet', () => signed({ ...admin, nbf: nowInS() + 40 })],
    ['names nobody', () => signed({ scope: 'admin' })],
    ['names nobody that can be stored', () => signed({ ...admin, sub: 'a\0b' })],
    ['names somebody with half a character', () => signed({ ...admin, sub: '\ud800' })],
    ['names somebody in two lines', () => signed({ ...admin, sub: 'a\nb' })],
    ['names somebody with a number', () => forgedToken({ alg: 'HS256' }, { ...admin, sub: 7 }, SECRET)],
    ['is signed with another secret', () => forgedToken({ alg: 'HS256' }, admin, `${SECRET}.`)],
    ['is not signed', () => forgedToken({ alg: 'none' }, admin)],
    ['says that it need not be signed', () => forgedToken({ alg: 'none' }, admin, SECRET)],
    ['says so in capitals', () => forgedToken({ alg: 'NONE' }, admin, SECRET)],
    ['names no algorithm', () => forgedToken({}, admin, SECRET)],
    ['has lost its signature', async () => (await signed(admin)).replace(/[^.]+$/, '')],
    ['has been changed', async () => swapped(await signed({ sub: USER }), { ...admin, exp: nowInS() + 60 })],
    ['is signed by another algorithm', () => signed(admin, 'HS512')],
    ['brings its own key', () => forgedToken({ alg: 'HS256', jwk: { kty: 'oct', k: 'YQ' } }, admin, 'a')],
    [
      'has a critical header nobody knows',
      () => forgedToken({ alg: 'HS256', crit: ['x'], x: 1 }, admin, SECRET),
    ],
    ['is too long', () => signed({ ...admin, padding: 'x'.repeat(8_000) })],
    ['is no token', () => 'e30.e30'],
  ])('refuses a token that %s', async (_what, make) => {
    const answer = await api.get('/events', as(await make()));
    expectProblem(answer, 401, 'unauthenticated');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="eventfold", error="invalid_token"');
  });

  it.each(['Basic b3BzOm9wcw==', 'Bearer', 'Bearer a b', 'Token x.y.z'])(
    'refuses the Authorization "%s"',
    async (authorization) => {
      expectProblem(await api.get('/events', { authorization }), 401, 'unauthenticated');
    },
  );

  it.each<[string, () => Claims]>([
    ['expired 10 s ago', () => ({ exp: nowInS() - 10 })],
    ['is valid in 20 s', () => ({ nbf: nowInS() + 20 })],
    ['was issued in the future', () => ({ iat: nowInS() + 20 })],
    ['has its scope in a list', () => ({ scope: ['openid', 'admin'] })],
    ['calls its scope scp', () => ({ scope: undefined, scp: ['admin'] })],
    ['calls its scope scp, as text', () => ({ scope: undefined, scp: 'openid admin' })],
  ])('takes a token that %s', async (_what, claimsOf) => {
    expect((await api.get('/events', as(await signed({ ...admin, ...claimsOf() })))).status).toBe(200);
  });

  it('does not take a scope for another that begins or ends like it', async () => {
    for (const scope of ['administrator', 'not-admin', 'admin:read', 'ADMIN', 'viewing:write,admin']) {
      expect((await api.get('/events', as(await signed({ sub: 'ops', scope })))).status).toBe(403);
    }
  });

  it('takes the scheme in any case, as HTTP has it', async () => {
    const answer = await api.get('/events', { authorization: `bEARER  ${await signed(admin)}` });
    expect(answer.status).toBe(200);
  });

  it('forgets a token that was good when its time is over', async () => {
    const token = as(await signed({ ...admin, exp: nowInS() - 28 })); // the skew leaves it 2 s at most
    expect((await api.get('/events', token)).status).toBe(200);
    const deadline = Date.now() + 10_000;
    let status = 200;
    while (status === 200 && Date.now() < deadline) ({ status } = await api.get('/events', token));
    expect(status).toBe(401);
  });

  describe('a registration by a user', () => {
    it('is for the user of the token, without an id as with its own', async () => {
      for (const own of [randomUUID(), randomUUID()]) {
        expect(await register({ sub: own })).toMatchObject({
          status: 201,
          body: { userId: own, version: 1 },
        });
      }
      const own = randomUUID();
      expect(await register({ sub: own.toUpperCase() }, { userId: own })).toMatchObject({
        status: 201,
        body: { userId: own },
      });
      expect((await register({ sub: own })).body.type).toBe('user.already-registered');
      expect(
        (await api.get(`/users/${own.toUpperCase()}`, as(await tokenOf({ sub: own.toUpperCase() })))).status,
      ).toBe(200);
    });

    it('is for nobody else, and not for a service', async () => {
      expectProblem(await register({ sub: randomUUID() }, { userId: randomUUID() }), 403, 'forbidden');
      expectProblem(await register({ sub: randomUUID() }, { userId: 7 }), 403, 'forbidden');
      expectProblem(await register({ sub: 'player', scope: 'viewing:write' }), 403, 'forbidden');
      expectProblem(await register({ sub: randomUUID() }, { userId: null }), 400, 'invalid-request');
    });

    it('has an id that PostgreSQL takes, as it writes it, by whatever spelling the token has', async () => {
      const spellings = [
        (id: string) => id.replaceAll('-', ''),
        (id: string) => `{${id}}`,
        (id: string) => `00000000-0000-0000-0000-${id.slice(-12)}`,
      ];
      for (const spell of spellings) {
        const sub = spell(randomUUID());
        const { status, body } = await register({ sub });
        const [row] = await service.database.query<{ id: string }>('select $1::uuid as id', [sub]);
        expect([sub, status, body.userId]).toEqual([sub, 201, row!.id]);
        const path = `/users/${encodeURIComponent(sub)}`;
        expect((await api.get(path, as(await tokenOf({ sub })))).body).toMatchObject({ userId: row!.id });
      }
    });

    it('is for no token that names no UUID', async () => {
      for (const sub of ['player', 'auth0|4711', `${randomUUID()}0`]) {
        expectProblem(await register({ sub }), 403, 'forbidden');
        expectProblem(await register({ sub }, { userId: sub }), 403, 'forbidden');
      }
    });

    it('by an administrator is for anybody, and makes up an id', async () => {
      const userId = randomUUID();
      const sub = randomUUID();
      expect((await register({ sub, scope: 'admin' }, { userId })).body.userId).toBe(userId);
      expect((await register({ sub, scope: 'admin' })).body.userId).not.toBe(sub);
    });
  });

  it('writes down who did it', async () => {
    const sub = randomUUID();
    await register({ sub });
    await api.post(`/users/${sub}/deactivation`, {}, as(await signed(admin)));
    expect(await actorsOf(sub)).toEqual([
      { type: 'user.email_reserved', actor: sub },
      { type: 'user.registered', actor: sub },
      { type: 'user.deactivated', actor: 'ops' },
    ]);
    const { body } = await api.get(`/users/${sub}/history`, as(await signed({ sub })));
    expect(body.items.at(-1).metadata.userId).toBe('ops');
  });

  it('gives the answer kept under an Idempotency-Key to the sender of the first request alone', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const [one, other] = [randomUUID(), randomUUID()];
    const body = { plan: 'premium', paymentMethod: 'card' };
    for (const sub of [one, other]) await register({ sub });
    const subscribe = async (userId: string, claims: Claims) =>
      api.post(`/users/${userId}/subscription`, body, { ...as(await signed(claims)), ...headers });
    const isRepeat = (answer: Answer) => answer.headers.get('idempotent-replayed') === 'true';
    const first = await subscribe(one, { sub: one });
    expect(await subscribe(other, { sub: other })).toMatchObject({ status: 200, body: { userId: other } });
    // The same request from another sender is another request: the user has that plan already.
    const byAdmin = await subscribe(one, admin);
    expect({ status: byAdmin.status, isRepeat: isRepeat(byAdmin) }).toEqual({ status: 409, isRepeat: false });
    const again = await subscribe(one, { sub: one });
    expect({ body: again.body, isRepeat: isRepeat(again) }).toEqual({ body: first.body, isRepeat: true });
    const reused = await api.post(
      `/users/${one}/deactivation`,
      {},
      {
        ...as(await signed({ sub: one })),
        ...headers,
      },
    );
    expectProblem(reused, 422, 'idempotency-key-reused');
    expect(reused.body.detail).toContain(`"${headers['idempotency-key']}"`);
  });

  it('gives up a request that does not arrive, and a connection on which nothing moves', () => {
    const { requestTimeout, timeout } = (service.app as INestApplication).getHttpServer() as Server;
    expect(requestTimeout).toBe(30_000);
    expect(timeout).toBe(122_000);
  });

  it('sends what keeps browsers from mischief with every answer', async () => {
    for (const path of ['/health/live', '/events', '/nowhere']) {
      const { headers } = await api.get(path);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-powered-by')).toBeNull();
    }
  });
});

describe('a service with AUTH_ISSUER and AUTH_AUDIENCE', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({
      AUTH_JWT_SECRET: SECRET,
      AUTH_ISSUER: 'https://issuer.example.org/',
      AUTH_AUDIENCE: 'eventfold',
      PROJECTIONS: 'off',
    });
  });
  afterAll(() => service.stop());

  const iss = 'https://issuer.example.org/';
  it.each<[number, Claims]>([
    [200, { iss, aud: 'eventfold' }],
    [200, { iss, aud: ['other', 'eventfold'] }],
    [401, { iss }],
    [401, { aud: 'eventfold' }],
    [401, { iss, aud: 'other' }],
    [401, { iss: 'https://issuer.example.org', aud: 'eventfold' }],
    [401, { iss: [iss], aud: 'eventfold' }],
  ])('answers %i to a token with %j', async (status, claims) => {
    const token = await tokenOf({ sub: 'ops', scope: 'admin', ...claims });
    expect((await service.api.get('/events', bearer(token))).status).toBe(status);
  });
});

describe('a service without AUTH_*', () => {
  it('is open, and does not look at tokens', async () => {
    const service = await startTestService({ PROJECTIONS: 'off' });
    try {
      expect((await service.api.get('/events')).status).toBe(200);
      expect((await service.api.get('/events', bearer('nonsense'))).status).toBe(200);
      const { body } = await service.api.post(
        '/users',
        { email: 'ada@example.org', name: 'Ada' },
        bearer(await tokenOf({ sub: USER })),
      );
      expect(body.userId).not.toBe(USER);
    } finally {
      await service.stop();
    }
  });

  it('shares its database with one that has them', async () => {
    const open = await startTestService({ PROJECTIONS: 'off' });
    const closed = await startOn(open.database.url, { AUTH_JWT_SECRET: SECRET, PROJECTIONS: 'off' });
    try {
      expect((await new Api(closed.url).get('/events')).status).toBe(401);
      expect((await open.api.get('/events')).status).toBe(200);
    } finally {
      await closed.stop();
      await open.stop();
    }
  });
});
