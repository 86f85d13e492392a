import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { bearer, SECRET, tokenOf } from '../support/http/tokens.js';

describe('the process of a service with AUTH_JWT_SECRET', () => {
  let database: TestDatabase;
  let service: ServiceProcess;
  beforeAll(async () => {
    database = await createTestDatabase();
    service = await startServiceProcess({
      DATABASE_URL: database.url,
      AUTH_JWT_SECRET: SECRET,
      NODE_ENV: 'production',
      LOG_LEVEL: 'verbose',
    });
  });
  afterAll(async () => {
    await service.end('SIGTERM');
    await database.drop();
  });

  it('shows anybody its documentation, with what the page loads', async () => {
    const page = await service.api.get('/docs');
    expect(page.status).toBe(200);
    const links = [...String(page.body).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!);
    expect(links).not.toHaveLength(0);
    for (const link of links) {
      const { origin, pathname } = new URL(link, `${service.api.url}/docs`);
      expect(origin).toBe(service.api.url);
      expect({ link, ...(await service.api.get(pathname)) }).toMatchObject({ link, status: 200 });
    }
  });

  it('allows the page what it needs: scripts of its own, and no other', async () => {
    const { body, headers } = await service.api.get('/docs');
    const policy = headers.get('content-security-policy')!;
    expect(policy).toContain("script-src 'self';");
    expect(String(body)).not.toMatch(/<script>|<script(?![^>]*src=)/);
  });

  it('documents who needs a token', async () => {
    const { status, body } = await service.api.get('/openapi.json');
    expect(status).toBe(200);
    expect(body.components.securitySchemes.bearer).toMatchObject({ type: 'http', scheme: 'bearer' });
    const security = (path: string, method = 'get') => {
      const operation = body.paths[path][method];
      const answers = (number: string, code: string) =>
        operation.responses[number]?.description.includes(`\`${code}\``) ?? false;
      return [operation.security, answers('401', 'unauthenticated'), answers('403', 'forbidden')];
    };
    expect(security('/health/ready')).toEqual([[], false, false]);
    expect(security('/contents/popularity')).toEqual([[{ bearer: [] }], true, false]);
    expect(security('/users/{userId}/preferences', 'put')).toEqual([[{ bearer: [] }], true, true]);
    expect(security('/viewing/watched', 'post')).toEqual([[{ bearer: ['viewing:write'] }], true, true]);
    expect(security('/projections/{name}/parked/{key}/skip', 'post')).toEqual([
      [{ bearer: ['admin'] }],
      true,
      true,
    ]);
    for (const [path, item] of Object.entries<Record<string, { security?: unknown }>>(body.paths)) {
      for (const operation of Object.values(item)) {
        expect({ path, security: operation.security }).toEqual({ path, security: expect.any(Array) });
      }
    }
  });

  it('writes no secret and nothing personal into its log, when all is well and when not', async () => {
    const sub = randomUUID();
    const user = await tokenOf({ sub });
    const admin = await tokenOf({ sub: 'ops', scope: 'admin' });
    const email = 'ada.of.the.log@example.org';
    const means = 'iban-de02120300000000202051';
    const { api } = service;
    const subscription = { plan: 'premium', paymentMethod: means };
    const send = async (token: string) => [
      (await api.post('/users', { email, name: 'Ada' }, bearer(token))).status,
      (await api.post(`/users/${sub}/subscription`, subscription, bearer(token))).status,
    ];
    expect(await send(user)).toEqual([201, 200]);
    expect(await send(user)).toEqual([409, 409]);
    const refused = [
      await api.post('/users', { email: `${email}!`, name: 'Ada', paymentMethod: means }, bearer(user)),
      await api.post('/users', `{"email":"${email}",`, bearer(user)),
      await api.post(`/users/${sub}/subscription`, { plan: means, paymentMethod: means }, bearer(user)),
      await api.get(`/users/${sub}`, bearer(`${user.slice(0, -6)}AAAAAA`)),
      await api.get(`/users?cursor=${email}`, bearer(admin)),
    ];
    expect(refused.map(({ status }) => status)).toEqual([400, 400, 400, 401, 400]);
    await withoutTheLog(async () => {
      const [registered, subscribed] = await send(admin);
      expect(registered).toBe(500);
      expect(subscribed).toBeGreaterThanOrEqual(500);
      const stranger = await tokenOf({ sub: randomUUID() });
      expect((await api.post('/users', { email, name: 'Ada' }, bearer(stranger))).status).toBe(500);
    });
    const output = service.output();
    expect(output).toContain('internal-error');
    for (const secret of [email, email.split('@')[0]!, means, SECRET, user, admin]) {
      expect(output.toLowerCase()).not.toContain(secret.toLowerCase());
    }
    for (const signature of [user, admin].map((token) => token.split('.')[2]!)) {
      expect(output).not.toContain(signature);
    }
  });

  it('shows means of payment in events alone', async () => {
    const sub = randomUUID();
    const user = bearer(await tokenOf({ sub }));
    const admin = bearer(await tokenOf({ sub: 'ops', scope: 'admin' }));
    const { api } = service;
    const registered = await api.post('/users', { email: `${sub}@example.org`, name: 'Ada' }, user);
    expect(registered).toMatchObject({ status: 201 });
    const means = `card ${randomUUID()}`;
    const answer = await api.post(
      `/users/${sub}/subscription`,
      { plan: 'premium', paymentMethod: means },
      user,
    );
    expect(answer).toMatchObject({ status: 200 });
    const folded = { ...admin, 'read-after': String(answer.body.position) };
    for (const path of [`/users/${sub}`, `/users/${sub}/profile`, '/users?limit=200']) {
      const shown = await api.get(path, folded);
      expect({ path, ...shown }).toMatchObject({ path, status: 200 });
      expect(JSON.stringify(shown.body)).toContain(sub);
      expect(JSON.stringify(shown.body)).not.toContain(means);
    }
    expect(JSON.stringify(answer.body)).not.toContain(means);
    expect(JSON.stringify((await api.get(`/users/${sub}/history`, user)).body)).toContain(means);
  });

  /** During the work, appends fail with an error in which the database names its own tables. */
  async function withoutTheLog(work: () => Promise<void>): Promise<void> {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      await client.query('alter table eventfold.events rename to gone');
      await work();
    } finally {
      await client.query('alter table eventfold.gone rename to events');
      await client.end();
    }
  }
});
