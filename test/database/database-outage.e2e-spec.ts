import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Answer } from '../support/http/api.js';
import { eventually } from '../support/eventually.js';
import { PrivateServer } from '../support/servers/private-server.js';
import { spawnService, type StartingProcess } from '../support/processes/service-process.js';

const registration = () => {
  const userId = randomUUID();
  return { userId, email: `${userId}@example.org`, name: 'Ada' };
};

describe('a service whose database', () => {
  let server: PrivateServer;
  let isDown: boolean;
  let services: StartingProcess[];
  beforeAll(async () => {
    server = await PrivateServer.start();
    isDown = false;
    services = [];
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.end('SIGKILL')));
    if (isDown) await comesUp();
  });
  afterAll(() => server.remove());

  const goesDown = async () => {
    await server.stop();
    isDown = true;
  };
  const comesUp = async () => {
    await server.startAgain();
    isDown = false;
  };
  const spawn = (environment: NodeJS.ProcessEnv = {}) => {
    const service = spawnService({ DATABASE_URL: server.url, ...environment });
    services.push(service);
    return service;
  };
  const waits = (service: StartingProcess) =>
    eventually(() => expect(service.output()).toMatch(/Waiting for 127\.0\.0\.1:\d+, .*ECONNREFUSED/));

  it('comes up later than itself waits for it, and says so', async () => {
    await goesDown();
    const service = spawn();
    await waits(service);
    await comesUp();
    const { api } = await service.ready;
    expect(await api.post('/users', registration())).toMatchObject({ status: 201 });
  });

  it('has not come up yet ends at once with exit code 0 when it is told to', async () => {
    await goesDown();
    const service = spawn();
    await waits(service);
    const told = performance.now();
    expect(await service.end('SIGTERM')).toBe(0);
    expect(performance.now() - told).toBeLessThan(2_000);
    expect(service.output()).not.toContain('cannot start');
  });

  it('is away for a while answers 503 until it is back, and then goes on by itself', async () => {
    const service = spawn();
    const { api } = await service.ready;
    const known = registration();
    const answers = () =>
      Promise.all([
        api.post('/users', registration()),
        api.get(`/users/${known.userId}`),
        api.get(`/users/${known.userId}/profile`),
        api.get('/users?limit=1'),
      ]);
    expect((await api.post('/users', known)).status).toBe(201);
    await goesDown();
    for (const answer of await answers()) expectUnavailable(answer);
    expect(await api.get('/health/live')).toMatchObject({ status: 200 });
    expect(await api.get('/health/ready')).toMatchObject({ status: 503, body: { type: 'not-ready' } });
    await comesUp();
    await eventually(async () => {
      const { status, body } = await api.get('/health/ready');
      expect({ status, body }).toMatchObject({ status: 200, body: { notifications: 'listening' } });
    });
    const user = registration();
    const { status, body } = await api.post('/users', user);
    expect(status).toBe(201);
    const readAfter = { 'read-after': String(body.position) };
    expect(await api.get(`/users/${user.userId}/profile`, readAfter)).toMatchObject({ status: 200 });
    expect(service.output()).not.toMatch(/uncaught|unhandled/i);
  });

  it('is away when it is told to stop ends with exit code 0 nevertheless', async () => {
    const service = spawn();
    await service.ready;
    await goesDown();
    const told = performance.now();
    expect(await service.end('SIGTERM')).toBe(0);
    expect(performance.now() - told).toBeLessThan(10_000);
  });

  function expectUnavailable({ status, headers, body }: Answer): void {
    expect({ status, body }).toMatchObject({
      status: 503,
      body: { type: 'database-unavailable', status: 503 },
    });
    expect(headers.get('retry-after')).toMatch(/^\d+$/);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  }
});

describe('a server that takes connections and never answers', () => {
  let silent: Server;
  const sockets: Socket[] = [];
  beforeAll(async () => {
    silent = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
    await once(silent.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it('is waited for as long as the setting says, and no longer', async () => {
    const { port } = silent.address() as AddressInfo;
    const DATABASE_URL = `postgres://eve:open-sesame@127.0.0.1:${port}/events`;
    const start = performance.now();
    const service = spawnService({ DATABASE_URL, DATABASE_WAIT_SECONDS: '7' });
    await expect(service.ready).rejects.toThrow(/Ended with 1 .*cannot start: .*DATABASE_WAIT_SECONDS, 7 s/s);
    const seconds = (performance.now() - start) / 1_000;
    expect(seconds).toBeGreaterThan(5);
    expect(seconds).toBeLessThan(45);
    expect(sockets.length).toBeGreaterThan(1);
    expect(service.output()).not.toContain('open-sesame');
  });
});
