import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readSettings } from '../../src/service/config/settings.js';
import { type Service, startService } from '../../src/service/service.js';
import { Api } from '../support/http/api.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('SHUTDOWN_DELAY_MS', () => {
  let database: TestDatabase;
  beforeAll(async () => (database = await createTestDatabase()));
  afterAll(() => database.drop());

  const start = (environment: NodeJS.ProcessEnv): Promise<Service> =>
    startService(
      readSettings({ PORT: '0', LOG_LEVEL: 'fatal', DATABASE_URL: database.url, ...environment }),
      new AbortController().signal,
    );

  it('is the time in which a service that is to stop says so to the balancer, and answers all the same', async () => {
    const service = await start({ SHUTDOWN_DELAY_MS: '1500' });
    const api = new Api(service.url);
    expect((await api.get('/health/ready')).status).toBe(200);
    let isOver = false;
    const drained = service.drain().then(() => (isOver = true));
    const ready = await api.get('/health/ready');
    expect(ready).toMatchObject({ status: 503, body: { type: 'stopping' } });
    expect(ready.headers.get('retry-after')).toBe('1');
    expect((await api.get('/health/live')).status).toBe(200);
    const registered = await api.post('/users', { email: 'ada@example.org', name: 'Ada' });
    expect(registered.status).toBe(201);
    // Its own projections go on folding, too.
    const path = `/users/${registered.body.userId}/profile`;
    const after = { 'read-after': String(registered.body.position) };
    expect((await api.get(path, after)).status).toBe(200);
    expect(isOver).toBe(false);
    await drained;
    const stopped = service.stop(5_000);
    await eventually(async () => {
      const answer = await fetch(`${service.url}/users`).catch(() => ({ status: 503 }));
      expect(answer.status).toBe(503);
    });
    await stopped;
  });

  it('is nothing, unless it is set', async () => {
    const service = await start({});
    expect(service.drainMs).toBe(0);
    await service.stop(5_000);
  });
});
