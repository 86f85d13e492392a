import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Api } from '../support/http/api.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startOn } from '../support/http/test-service.js';
import { bearer, SECRET, tokenOf } from '../support/http/tokens.js';

describe('RATE_LIMIT_PER_MINUTE', () => {
  let database: TestDatabase;
  let running: (() => Promise<void>)[];
  beforeEach(async () => {
    database = await createTestDatabase();
    running = [];
  });
  afterEach(async () => {
    for (const stop of running) await stop();
    await database.drop();
  });

  async function start(environment: NodeJS.ProcessEnv): Promise<Api> {
    const service = await startOn(database.url, { PROJECTIONS: 'off', ...environment });
    running.push(() => service.stop());
    return new Api(service.url);
  }
  const limited = { RATE_LIMIT_PER_MINUTE: '3' };
  const withAuth = { ...limited, AUTH_JWT_SECRET: SECRET };

  async function statuses(api: Api, times: number, headers?: Record<string, string>): Promise<number[]> {
    const found: number[] = [];
    for (let n = 0; n < times; n += 1) found.push((await api.get('/contents/popularity', headers)).status);
    return found;
  }

  it('answers 429 to what is beyond it, and says when to go on', async () => {
    const api = await start(limited);
    const first = await api.get('/contents/popularity');
    expect(first.headers.get('x-ratelimit-limit')).toBe('3');
    expect(first.headers.get('x-ratelimit-remaining')).toBe('2');
    expect(await statuses(api, 3)).toEqual([200, 200, 429]);
    const { status, headers, body } = await api.post('/users', { email: 'ada@example.org', name: 'Ada' });
    expect({ status, body }).toMatchObject({ status: 429, body: { type: 'rate-limited', status: 429 } });
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(headers.get('x-ratelimit-remaining')).toBe('0');
    expect(await database.query('select 1 from eventfold.events')).toEqual([]);
  });

  it('counts each subject by itself, whichever of its tokens it sends', async () => {
    const api = await start(withAuth);
    const [one, other] = [randomUUID(), randomUUID()];
    const tokens = await Promise.all([1, 2].map((jti) => tokenOf({ sub: one, jti: String(jti) })));
    expect(await statuses(api, 2, bearer(tokens[0]!))).toEqual([200, 200]);
    expect(await statuses(api, 2, bearer(tokens[1]!))).toEqual([200, 429]);
    expect(await statuses(api, 1, bearer(await tokenOf({ sub: other })))).toEqual([200]);
  });

  it('counts who has no token, or one that is not good, by the address', async () => {
    const api = await start(withAuth);
    expect(await statuses(api, 2)).toEqual([401, 401]);
    const forged = await tokenOf({ sub: randomUUID() }, undefined, Buffer.from('x'.repeat(32)));
    expect(await statuses(api, 2, bearer(forged))).toEqual([401, 429]);
    expect(await statuses(api, 1, bearer(await tokenOf({ sub: randomUUID() })))).toEqual([200]);
  });

  it('does not count health checks', async () => {
    const api = await start(limited);
    await statuses(api, 4);
    for (const path of ['/health/live', '/health/ready', '/health/live', '/health/live']) {
      expect((await api.get(path)).status).toBe(200);
    }
  });

  it('is off unless it is set', async () => {
    const api = await start({});
    expect(new Set(await statuses(api, 100))).toEqual(new Set([200]));
    expect((await api.get('/contents/popularity')).headers.get('x-ratelimit-limit')).toBeNull();
  });
});
