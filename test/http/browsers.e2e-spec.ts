/** The rights of pages in a browser: the service's own, those of other sites, and those of CORS_ORIGINS. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { startTestService, type TestService } from '../support/http/test-service.js';
import { bearer, SECRET, tokenOf } from '../support/http/tokens.js';

interface Sent {
  status: number;
  headers: IncomingMessage['headers'];
  body: any;
}

/** `fetch` sets some of these headers itself. */
async function send(
  service: TestService,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: object,
): Promise<Sent> {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const sent = request(service.api.url + path, { method, headers: { ...json, ...headers }, agent: false });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const said = await text(answer);
  return {
    status: answer.statusCode!,
    headers: answer.headers,
    body: said.startsWith('{') ? JSON.parse(said) : said,
  };
}

const EVIL = 'https://evil.example';
const PAUSE = '/projections/user-profile/pause';
const RESUME = '/projections/user-profile/resume';
const user = () => ({ email: `${randomUUID()}@example.org`, name: 'Ada' });
const hostOf = (service: TestService) => new URL(service.api.url).host;

describe('an open service', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({ PROJECTIONS: 'off' });
  });
  afterAll(() => service.stop());

  it.each<[string, (own: string) => Record<string, string>]>([
    ['a form or a script of another site', () => ({ origin: EVIL, 'sec-fetch-site': 'cross-site' })],
    ['an old browser that says nothing of sites', () => ({ origin: EVIL })],
    ['a browser that says nothing of the origin', () => ({ 'sec-fetch-site': 'cross-site' })],
    ['another port of this machine', () => ({ origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' })],
    ['a frame without an origin', () => ({ origin: 'null', 'sec-fetch-site': 'cross-site' })],
    ['a file', () => ({ origin: 'file://' })],
    ['a host that begins like its own', (own) => ({ origin: `http://${own}.evil.example` })],
    ['nonsense', () => ({ origin: 'nonsense' })],
  ])('changes nothing for %s', async (_who, headersBy) => {
    const headers = headersBy(hostOf(service));
    const before = await service.database.query('select count(*) from eventfold.events');
    for (const [method, path, body] of [
      ['POST', PAUSE],
      ['POST', '/users', user()],
      ['PUT', '/contents/film', { title: 'Film', genre: 'drama' }],
      ['DELETE', '/projections/user-profile/rebuild'],
      ['POST', '/nowhere'],
    ] as const) {
      const answer = await send(service, method, path, { ...headers, 'x-correlation-id': 'mine' }, body);
      expect([path, answer.status]).toEqual([path, 403]);
      expect(answer.body).toMatchObject({ type: 'cross-site', status: 403, correlationId: 'mine' });
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    }
    expect(await service.database.query('select count(*) from eventfold.events')).toEqual(before);
    expect((await send(service, 'GET', '/health/live', headers)).status).toBe(200);
  });

  it.each<[string, (own: string) => Record<string, string>]>([
    ['a program', () => ({})],
    ['its own page', (own) => ({ origin: `http://${own}`, 'sec-fetch-site': 'same-origin' })],
    ['its own page by another name', () => ({ origin: 'http://localhost:7', host: 'localhost:7' })],
    ['its own page behind TLS', () => ({ origin: 'https://localhost', host: 'localhost' })],
    [
      'its own page behind TLS, with the port',
      () => ({ origin: 'https://localhost', host: 'LOCALHOST:443' }),
    ],
    ['a person at the address bar', () => ({ 'sec-fetch-site': 'none' })],
  ])('takes commands of %s', async (_who, headersBy) => {
    const headers = headersBy(hostOf(service));
    expect((await send(service, 'POST', '/users', headers, user())).status).toBe(201);
  });

  it.each([
    'evil.example',
    'evil.example:3000',
    '127.0.0.1.nip.io',
    'localhost.evil.example',
    '0.0.0.0',
    '10.0.0.1',
  ])('answers nothing under the name %s, which another site has made resolve to it', async (host) => {
    for (const path of ['/users', '/', '/health/ready', '/metrics', '/openapi.json', '/nowhere']) {
      const answer = await send(service, 'GET', path, { host });
      expect([path, answer.status, answer.body.type]).toEqual([path, 403, 'foreign-host']);
    }
    const headers = { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' };
    expect((await send(service, 'POST', '/users', headers, user())).status).toBe(403);
  });

  it.each([
    'localhost',
    'LocalHost:80',
    'localhost.',
    'films.localhost:3000',
    '127.0.0.1',
    '127.8.0.1:1',
    '[::1]:3000',
  ])('answers under the name %s', async (host) => {
    expect((await send(service, 'GET', '/users', { host })).status).toBe(200);
  });

  it.each([
    '',
    'a b',
    'localhost/@evil.example',
    'evil.example#localhost',
    'evil.example?.localhost',
    '@localhost',
  ])('takes %j for no name of its own', async (host) => {
    const { status } = await send(service, 'GET', '/users', { host });
    expect(status).toBe(host === '' ? 200 : 403);
  });

  it('tells browsers of no origin that may read it', async () => {
    const { headers } = await send(service, 'GET', '/users', { origin: EVIL });
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('a service with AUTH_*', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({
      AUTH_JWT_SECRET: SECRET,
      CORS_ORIGINS: 'https://app.example.org, http://localhost:5173',
      PROJECTIONS: 'off',
    });
  });
  afterAll(() => service.stop());

  it('is called by any name, from anywhere: no browser adds a token by itself', async () => {
    const token = bearer(await tokenOf({ sub: 'ops', scope: 'admin' }));
    const headers = { ...token, host: 'films.example.org', origin: EVIL, 'sec-fetch-site': 'cross-site' };
    expect((await send(service, 'POST', '/users', headers, user())).status).toBe(201);
  });

  it.each(['https://app.example.org', 'http://localhost:5173'])(
    'tells the browser of %s what it may send, before it has a token',
    async (origin) => {
      const asked = await send(service, 'OPTIONS', '/users', {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,idempotency-key',
      });
      expect(asked.status).toBe(204);
      expect(asked.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-headers': 'authorization,content-type,idempotency-key',
        'access-control-max-age': '600',
        vary: expect.stringContaining('Origin'),
      });
      for (const method of ['GET', 'POST', 'PUT', 'DELETE'])
        expect(asked.headers['access-control-allow-methods']).toContain(method);
    },
  );

  it('lets its pages read answers, problems included, and the headers of those', async () => {
    const origin = 'https://app.example.org';
    const token = bearer(await tokenOf({ sub: 'ops', scope: 'admin' }));
    const registered = await send(service, 'POST', '/users', { ...token, origin }, user());
    expect(registered.status).toBe(201);
    const refused = await send(service, 'GET', '/users', { origin });
    expect(refused.status).toBe(401);
    const unknown = await send(service, 'GET', '/nowhere', { ...token, origin });
    expect(unknown.status).toBe(404);
    for (const { headers } of [registered, refused, unknown]) {
      expect(headers['access-control-allow-origin']).toBe(origin);
      const exposed = headers['access-control-expose-headers']?.toLowerCase();
      for (const name of ['etag', 'location', 'x-correlation-id', 'idempotent-replayed', 'retry-after'])
        expect(exposed).toContain(name);
    }
  });

  it.each([EVIL, 'https://app.example.org.evil.example', 'http://app.example.org', 'null'])(
    'lets no page of %s read anything',
    async (origin) => {
      const { headers } = await send(service, 'GET', '/users', { origin });
      expect(headers['access-control-allow-origin']).toBeUndefined();
    },
  );
});

describe('an open service with CORS_ORIGINS', () => {
  it('takes commands of these origins, and of no other', async () => {
    const origin = 'http://localhost:5173';
    const service = await startTestService({ CORS_ORIGINS: origin, PROJECTIONS: 'off' });
    try {
      const from = (page: string) => ({ origin: page, 'sec-fetch-site': 'cross-site' });
      const taken = await send(service, 'POST', '/users', from(origin), user());
      expect([taken.status, taken.headers['access-control-allow-origin']]).toEqual([201, origin]);
      expect((await send(service, 'POST', '/users', from(EVIL), user())).status).toBe(403);
      expect((await send(service, 'POST', RESUME, from(EVIL))).status).toBe(403);
    } finally {
      await service.stop();
    }
  });
});
