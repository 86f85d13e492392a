import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type IncomingMessage, request as sendRequest } from 'node:http';
import { type Answer, Api } from '../support/http/api.js';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startOn, startTestService, type TestService } from '../support/http/test-service.js';

const MADE_UP = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function register(api: Api, headers?: Record<string, string>): Promise<Answer> {
  return api.post('/users', { email: `${randomUUID()}@example.org`, name: 'Ada' }, headers);
}

function expectProblem(answer: Answer, problem: { status: number; type: string }): void {
  expect(answer).toMatchObject({
    status: problem.status,
    body: {
      ...problem,
      title: expect.any(String),
      detail: expect.any(String),
      correlationId: answer.headers.get('x-correlation-id'),
    },
  });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
}

describe('an answer', () => {
  let service: TestService;
  let api: Api;
  beforeAll(async () => {
    service = await startTestService();
    ({ api } = service);
  });
  afterAll(() => service.stop());

  const metadataOf = (userId: string) =>
    service.database.query<{ type: string; correlationId: string }>(
      `select event_type as type, metadata->>'correlationId' as "correlationId" from eventfold.events
        where event_data->>'userId' = $1 order by global_position`,
      [userId],
    );

  it.each([
    ['POST', '/'],
    ['GET', '/nowhere'],
    ['GET', `/users/${randomUUID()}/nowhere`],
    ['PATCH', '/users'],
    ['DELETE', `/users/${randomUUID()}/profile`],
    ['POST', '/contents/film'],
  ])('to %s %s, which is no route, is a problem like any other', async (method, path) => {
    expectProblem(await api.send(method, path), { status: 404, type: 'not-found' });
  });

  it('names no other host in the Location, whatever the address of the request says', async () => {
    const path = 'http://elsewhere.example/users';
    const body = JSON.stringify({ email: `${randomUUID()}@example.org`, name: 'Ada' });
    const { statusCode, headers } = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = sendRequest(api.url, {
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json' },
      });
      sent.on('response', (answer) => resolve(answer.resume())).on('error', reject);
      sent.end(body);
    });
    expect(statusCode).toBe(201);
    expect(headers.location).toMatch(/^\/users\/[\da-f-]{36}$/);
  });

  it('brings back the correlation id of its request, which all events of the request carry', async () => {
    const correlationId = 'checkout/2026-01-31#7';
    const answer = await register(api, { 'x-correlation-id': correlationId });
    expect(answer.headers.get('x-correlation-id')).toBe(correlationId);
    expect(await metadataOf(answer.body.userId)).toEqual([
      { type: 'user.email_reserved', correlationId },
      { type: 'user.registered', correlationId },
    ]);
  });

  it('has a correlation id of its own when the request has none', async () => {
    const [one, other] = [await register(api), await register(api)];
    const correlationId = one.headers.get('x-correlation-id')!;
    expect(correlationId).toMatch(MADE_UP);
    expect(other.headers.get('x-correlation-id')).not.toBe(correlationId);
    expect(await metadataOf(one.body.userId)).toEqual([
      { type: 'user.email_reserved', correlationId },
      { type: 'user.registered', correlationId },
    ]);
  });

  it.each([
    ['GET', '/nowhere', undefined, 404],
    ['GET', `/users/${randomUUID()}`, undefined, 404],
    ['GET', '/users?limit=0', undefined, 400],
    ['POST', '/users', '{', 400],
    ['POST', '/users', {}, 400],
  ])('has one as well when it tells of an error: %s %s', async (method, path, body, status) => {
    const sent = await api.send(method, path, body, { 'x-correlation-id': 'mine' });
    expect(sent).toMatchObject({ status, body: { correlationId: 'mine' } });
    expect(sent.headers.get('x-correlation-id')).toBe('mine');
    const absent = await api.send(method, path, body);
    expect(absent).toMatchObject({ status, body: { correlationId: expect.stringMatching(MADE_UP) } });
    expect(absent.headers.get('x-correlation-id')).toBe(absent.body.correlationId);
  });

  it('to a registration says where the user is, under an id that is made up when none was sent', async () => {
    const { headers, body } = await register(api);
    expect(body).toEqual({
      userId: expect.stringMatching(MADE_UP),
      version: 1,
      position: expect.any(Number),
    });
    expect(headers.get('location')).toBe(`/users/${body.userId}`);
    expect(await api.get(headers.get('location')!)).toMatchObject({
      status: 200,
      body: { userId: body.userId },
    });
  });

  it('to a command has the version as ETag, which the next one takes as If-Match', async () => {
    let { userId, etag } = await registered();
    for (const [method, path, body] of CHANGES) {
      const answer = await api.send(method, `/users/${userId}/${path}`, body, { 'if-match': etag });
      expect(answer).toMatchObject({ status: 200, body: { userId } });
      expect(answer.headers.get('etag')).toBe(`"${answer.body.version}"`);
      etag = answer.headers.get('etag')!;
    }
    expect(etag).toBe('"5"');
  });

  it('to a command that changes nothing has the version and position of the last event', async () => {
    const { userId } = await registered();
    const changed = await api.put(`/users/${userId}/preferences`, { preferences: ['drama', 'crime'] });
    const unchanged = await api.put(`/users/${userId}/preferences`, { preferences: ['crime', 'drama'] });
    expect(unchanged).toMatchObject({ status: 200, body: changed.body });
    expect(unchanged.headers.get('etag')).toBe(changed.headers.get('etag'));
  });

  it('to a command about a content has the version of the content as ETag', async () => {
    for (const version of [1, 2]) {
      const { headers } = await api.put('/contents/etag', { title: 'ETag', genre: 'drama' });
      expect(headers.get('etag')).toBe(`"${version}"`);
    }
  });

  /** Every change of an account, in a possible order. */
  const CHANGES: [method: string, path: string, body: object][] = [
    ['POST', 'subscription', { plan: 'basic', paymentMethod: 'card' }],
    ['PUT', 'preferences', { preferences: ['crime'] }],
    ['POST', 'deactivation', {}],
    ['POST', 'reactivation', {}],
  ];
  async function registered() {
    const { body, headers } = await register(api);
    return { userId: body.userId as string, etag: headers.get('etag')! };
  }

  it.each(CHANGES)('to %s %s is 412 when the user is at another version', async (method, path, body) => {
    const { userId } = await registered();
    await api.put(`/users/${userId}/preferences`, { preferences: ['crime'] });
    for (const expectedVersion of [0, 1, 3]) {
      const headers = { 'if-match': `"${expectedVersion}"` };
      const answer = await api.send(method, `/users/${userId}/${path}`, body, headers);
      expectProblem(answer, { status: 412, type: 'version-mismatch' });
      expect(answer.body).toMatchObject({ expectedVersion, actualVersion: 2 });
    }
    expect((await api.get(`/users/${userId}`)).body.version).toBe(2);
  });

  it.each([
    ['GET', '/users/ID', undefined, 'user.not-found'],
    ['GET', '/users/ID?version=1', undefined, 'user.not-found'],
    ['GET', '/users/ID?at=2026-01-31T20:15:00Z', undefined, 'user.not-found'],
    ['GET', '/users/ID/history', undefined, 'user.not-found'],
    ['GET', '/users/ID/profile', undefined, 'user-profile.not-found'],
    ['GET', '/contents/ID/popularity', undefined, 'content.not-found'],
    ...CHANGES.map(([method, path, body]) => [method, `/users/ID/${path}`, body, 'user.not-found'] as const),
  ])('to %s %s is 404 when there is none', async (method, path, body, type) => {
    const answer = await api.send(method, path.replace('ID', randomUUID()), body);
    expectProblem(answer, { status: 404, type });
  });

  it('to a question about a state that never was is 404', async () => {
    const { userId } = await registered();
    for (const when of ['version=2', 'at=2000-01-01T00:00:00Z']) {
      expectProblem(await api.get(`/users/${userId}?${when}`), { status: 404, type: 'user.not-found' });
    }
  });

  it('is 503 with the lag when a projection is not there in time', async () => {
    const hasty = await startOn(service.database.url, { READ_AFTER_TIMEOUT_MS: '50' });
    try {
      const answer = await new Api(hasty.url).get('/contents/popularity', { 'read-after': '1000000' });
      expect(answer).toMatchObject({
        status: 503,
        body: { type: 'not-caught-up', lagEvents: expect.any(Number) },
      });
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    } finally {
      await hasty.stop();
    }
  });

  it('about health is good when everything is', async () => {
    expect(await api.get('/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await api.get('/health/ready')).toMatchObject({
      status: 200,
      body: { status: 'ok', checks: { database: 'ok', migrations: 'ok', projections: 'ok' } },
    });
  });
});

describe('a service whose database is gone', () => {
  let service: Awaited<ReturnType<typeof startOn>>;
  let api: Api;
  let userId: string;
  beforeAll(async () => {
    const database = await createTestDatabase();
    service = await startOn(database.url);
    api = new Api(service.url);
    ({ userId } = (await register(api)).body);
    await database.drop();
  });
  afterAll(() => service.stop());

  /** The checks of an answer that comes soon and shows no internals. */
  async function soon(request: Promise<Answer>): Promise<Answer> {
    const start = performance.now();
    const answer = await request;
    expect(performance.now() - start).toBeLessThan(2_500);
    expect(JSON.stringify(answer.body)).not.toMatch(
      /select|insert|postgres|eventfold_test|node_modules|\.[jt]s\b/i,
    );
    return answer;
  }

  it('says so when asked whether it is ready', async () => {
    const answer = await soon(api.get('/health/ready'));
    expectProblem(answer, { status: 503, type: 'not-ready' });
    expect(answer.body).toMatchObject({
      detail: expect.stringContaining('database'),
      checks: { database: expect.not.stringMatching(/^ok$/) },
    });
  });

  it('is alive all the same', async () => {
    expect(await soon(api.get('/health/live'))).toMatchObject({ status: 200 });
  });

  it.each([
    ['POST', '/users', { email: 'ada@example.org', name: 'Ada' }],
    ['POST', '/users/ID/subscription', { plan: 'basic', paymentMethod: 'card' }],
    ['PUT', '/contents/film', { title: 'Film', genre: 'drama' }],
    ['POST', '/viewing/rated', { userId: randomUUID(), contentId: 'film', rating: 3 }],
    ['GET', '/users/ID', undefined],
    ['GET', '/users/ID/profile', undefined],
    ['GET', '/users', undefined],
    ['GET', '/contents/popularity', undefined],
    ['GET', '/projections', undefined],
    ['GET', '/events', undefined],
  ])('answers %s %s with 503 and when to try again', async (method, path, body) => {
    const answer = await soon(api.send(method, path.replace('ID', userId), body));
    expectProblem(answer, { status: 503, type: 'database-unavailable' });
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('still tells of its process, and of projections nothing, rather than how they were', async () => {
    const { status, body } = await api.get('/metrics');
    expect(status).toBe(200);
    expect(body).toMatch(/^process_cpu_seconds_total /m);
    expect(body).not.toMatch(/^eventfold_projection_\w+\{/m);
  });

  it('still says what is wrong with a request', async () => {
    expectProblem(await soon(api.post('/users', {})), { status: 400, type: 'invalid-request' });
  });
});

describe('a process of the service', () => {
  let database: TestDatabase;
  let service: ServiceProcess;
  beforeAll(async () => {
    database = await createTestDatabase();
    service = await startServiceProcess({ DATABASE_URL: database.url });
  });
  afterAll(async () => {
    await service.end('SIGTERM');
    await database.drop();
  });

  it('shows people its documentation, with everything that the page loads', async () => {
    const page = await service.api.get('/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    const links = [...String(page.body).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!);
    expect(links.filter((link) => /\.(js|css)$/.test(link))).not.toHaveLength(0);
    for (const link of links) {
      const { origin, pathname } = new URL(link, `${service.api.url}/docs`);
      expect(origin).toBe(service.api.url);
      expect({ link, ...(await service.api.get(pathname)) }).toMatchObject({ link, status: 200 });
    }
  });

  it('sends a correlation id with every answer, also with those of no controller', async () => {
    for (const path of [
      '/docs',
      '/docs/',
      '/docs/swagger-ui.css',
      '/openapi.json',
      '/health/live',
      '/nowhere',
    ]) {
      const [own, sent] = [
        await service.api.get(path),
        await service.api.get(path, { 'x-correlation-id': 'c-7' }),
      ];
      const ids = [own, sent].map(({ headers }) => headers.get('x-correlation-id'));
      expect({ path, ids }).toEqual({ path, ids: [expect.stringMatching(/^[0-9a-f-]{36}$/), 'c-7'] });
    }
  });

  it('has no other form of its description, and none with DOCS=off', async () => {
    const silent = await startServiceProcess({ DATABASE_URL: database.url, DOCS: 'off' });
    const links = async ({ api }: ServiceProcess) =>
      Object.keys((await api.get('/', { accept: 'application/json' })).body.links);
    for (const path of [
      '/docs',
      '/docs/',
      '/docs/swagger-ui.css',
      '/openapi.json',
      '/docs-json',
      '/docs-yaml',
    ]) {
      expectProblem(await silent.api.get(path), { status: 404, type: 'not-found' });
    }
    for (const path of ['/docs-json', '/docs-yaml']) {
      expectProblem(await service.api.get(path), { status: 404, type: 'not-found' });
    }
    expect(await links(silent)).toEqual(['console', 'ready', 'live']);
    expect(await links(service)).toEqual(['docs', 'openapi', 'console', 'ready', 'live']);
    expect(await silent.end('SIGTERM')).toBe(0);
  });

  it('finishes what is under way when it is told to stop, and ends with 0 within 10 s', async () => {
    const stopped = await startServiceProcess({ DATABASE_URL: database.url, READ_AFTER_TIMEOUT_MS: '1500' });
    let answered = false;
    const slow = stopped.api.get('/contents/popularity', { 'read-after': '1000000' }).finally(() => {
      answered = true;
    });
    for (let turn = 0; turn < 3; turn++) await stopped.api.get('/health/live'); // by then, the other one has arrived
    expect(answered).toBe(false);
    const start = performance.now();
    expect(await stopped.end('SIGTERM')).toBe(0);
    expect(performance.now() - start).toBeLessThan(10_000);
    expectProblem(await slow, { status: 503, type: 'not-caught-up' });
    await expect(stopped.api.get('/health/live')).rejects.toThrow();
  });
});
