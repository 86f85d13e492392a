import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErasureProof, ErasureService } from '../../src/event-sourcing/index.js';
import { TestServer } from '../../src/testing/test-server.js';
import { eventfold } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { Api } from '../support/http/api.js';
import { startOn } from '../support/http/test-service.js';

describe('a database that was restored from a backup of before an erasure', () => {
  let server: TestServer;
  let folder: string;
  let databases: string[];
  const services: { stop: () => Promise<void> }[] = [];
  const [userId, email] = [randomUUID(), `ann.${randomUUID()}@example.org`];

  beforeEach(async () => {
    ({ server } = await TestServer.use());
    [databases, folder] = [[], await mkdtemp(join(tmpdir(), 'eventfold-ledger-'))];
  });
  afterEach(async () => {
    for (const service of services.splice(0)) await service.stop();
    for (const name of databases) await server.dropDatabase(name);
    await rm(folder, { recursive: true });
  });

  /** Without a connection that stays: a copy is made of a database that nobody uses. */
  const createDatabase = async (from = process.env.EVENTFOLD_TEST_TEMPLATE!) => {
    const name = await server.createDatabase(from);
    databases.push(name);
    return { name, url: server.urlOf(name) };
  };
  const environment = () => ({ PRIVACY_LEDGER: join(folder, 'erasures.jsonl') });
  const start = async (url: string) => {
    const service = await startOn(url, environment());
    services.push(service);
    return { ...service, api: new Api(service.url) };
  };

  it('is refused at the start, and applied again by a command', async () => {
    const database = await createDatabase();
    const first = await start(database.url);
    const { body } = await first.api.post('/users', { userId, email, name: 'Ann' });
    await first.api.get(`/users/${userId}/profile`, { 'read-after': String(body.position) });
    await first.stop();
    const { url } = await createDatabase(database.name); // the backup
    const second = await start(database.url);
    const { body: receipt } = await second.api.send('DELETE', `/users/${userId}`);
    expect(await second.app.get(ErasureService).settled(receipt.erasureId, 20_000)).toBe(true);

    await expect(startOn(url, environment())).rejects.toThrow(
      /^The ledger .*erasures\.jsonl has 1 erasure that the database has not.*eventfold privacy reapply/,
    );
    const settings = { DATABASE_URL: url, ...environment() };
    const { out, code } = await eventfold(settings, 'privacy', 'reapply', '--json');
    expect([code, JSON.parse(out)]).toEqual([0, { reapplied: [receipt.erasureId] }]);
    expect((await eventfold(settings, 'privacy', 'reapply')).out).toContain('has all erasures of the ledger');

    const third = await start(url);
    await eventually(async () => {
      const evidence = await third.app.get(ErasureProof).verify(userId, [email]);
      expect(evidence).toMatchObject({ isForgotten: true, keys: 0, rows: [], found: [] });
    });
    expect((await third.api.get(`/users/${userId}`)).status).toBe(410);
  });

  it('of another log is not meant by the ledger', async () => {
    const { api, app } = await start((await createDatabase()).url);
    await api.post('/users', { userId, email, name: 'Ann' });
    const { body } = await api.send('DELETE', `/users/${userId}`);
    await app.get(ErasureService).settled(body.erasureId, 20_000);
    await start((await createDatabase()).url);
  });
});
