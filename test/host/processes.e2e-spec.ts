/** Monoliths as processes of their own: web processes, a worker beside them, and how they end. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { ADAPTERS } from '../support/hosts/web-host.js';

interface HostProcess {
  url: string;
  /** Lets the process close its application. Returns the exit code with which it then ends. */
  close(): Promise<number | null>;
}

async function startHost(options: object): Promise<HostProcess> {
  const child: ChildProcess = fork(
    join(import.meta.dirname, '../support/processes/host-process.mjs'),
    [JSON.stringify({ url: database.url, imports: 'everything', ...options })],
    { execArgv: ['--no-warnings'] },
  );
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const started = once(child, 'message') as Promise<[{ port: number }]>;
  const outcome = await Promise.race([started, ended]);
  if (typeof outcome[0] !== 'object' || outcome[0] === null) throw new Error(`ended with ${outcome[0]}`);
  return {
    url: `http://127.0.0.1:${outcome[0].port}`,
    close: async () => {
      child.send('close');
      return (await ended)[0];
    },
  };
}

let database: TestDatabase;
beforeAll(async () => (database = await createTestDatabase()));
afterAll(() => database.drop());

const register = async ({ url }: HostProcess) => {
  const body = { userId: randomUUID(), email: `${randomUUID()}@example.org`, name: 'Ada' };
  const headers = { 'content-type': 'application/json', connection: 'close' };
  const answer = await fetch(`${url}/users`, { method: 'POST', body: JSON.stringify(body), headers });
  return (await answer.json()) as { userId: string; position: number };
};
const profile = ({ url }: HostProcess, userId: string, readAfter = 0) =>
  fetch(`${url}/users/${userId}/profile`, {
    headers: { 'read-after': String(readAfter), connection: 'close' },
  });
const listeners = () =>
  database.query(`select from pg_stat_activity where application_name = 'eventfold listener'
                    and datname = current_database()`);

describe.each(Object.keys(ADAPTERS))('a monolith on %s', (adapter) => {
  it('ends by itself when its application is closed, with work just done', async () => {
    const host = await startHost({ adapter });
    const { userId, position } = await register(host);
    expect((await profile(host, userId, position)).status).toBe(200);
    await register(host); // the host folds at this moment
    await expect(host.close()).resolves.toBe(0);
    expect(await listeners()).toEqual([]);
  });

  it('folds in its worker what its web process appends', async () => {
    const web = await startHost({ adapter, projections: false });
    expect(await listeners()).toEqual([]);
    const { userId, position } = await register(web);
    expect((await profile(web, userId)).status).toBe(404);
    const worker = await startHost({ adapter, controllers: false });
    expect((await profile(web, userId, position)).status).toBe(200);
    expect((await profile(worker, userId)).status).toBe(404); // it has no such route
    const next = await register(web);
    expect((await profile(web, next.userId, next.position)).status).toBe(200);
    await expect(Promise.all([web.close(), worker.close()])).resolves.toEqual([0, 0]);
  });
});

it('would not end by itself with anything left open', async () => {
  const host = await startHost({ adapter: 'Fastify', leak: true });
  await expect(host.close()).resolves.toBe(3);
});
