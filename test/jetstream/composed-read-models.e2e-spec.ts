import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { EXAMPLE_USER } from '../../src/api/example-user.js';
import { eventually } from '../support/eventually.js';
import { Api } from '../support/http/api.js';
import { startTestService, type TestService } from '../support/http/test-service.js';
import { PATIENCE_MS } from '../support/patience.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { freePort } from '../support/servers/free-port.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';

const ROOT = join(import.meta.dirname, '../..');
const { configs } = parse(readFileSync(join(ROOT, 'docker-compose.scale.yml'), 'utf8'), { merge: true });
/** In `dist`, where imports of the package by its own name lead to its build. */
const SCRIPT = join(ROOT, 'dist/read-models.mjs');

(hasBroker() ? describe : describe.skip)('the read models of docker-compose.scale.yml', () => {
  let cluster: BrokerCluster;
  let service: TestService;
  let database: TestDatabase;
  let child: ChildProcess;
  let api: Api;

  beforeAll(async () => {
    cluster = await BrokerCluster.start(1);
    service = await startTestService({ JETSTREAM_URL: cluster.url, RELAY: 'on' });
    database = await createEmptyDatabase();
    await writeFile(SCRIPT, configs['read-models'].content);
    const port = await freePort();
    const env = { ...process.env, HOST: '127.0.0.1', PORT: String(port) };
    child = spawn(process.execPath, [SCRIPT], {
      cwd: ROOT,
      stdio: 'ignore',
      env: {
        ...env,
        DATABASE_URL: database.url,
        LOG_DATABASE_URL: service.database.url,
        JETSTREAM_URL: cluster.url,
      },
    });
    api = new Api(`http://127.0.0.1:${port}`);
  });
  afterAll(async () => {
    const exited = once(child, 'exit');
    child.kill();
    await exited;
    await rm(SCRIPT);
    await service.stop();
    await database.drop();
    await cluster.remove();
  });

  it('answer queries about what the service was told', async () => {
    const { id: userId, email, name } = EXAMPLE_USER;
    const registered = await service.api.post('/users', { userId, email, name });
    const path = `/users/${userId}/profile`;
    const told = await service.api.get(path, { 'Read-After': String(registered.body.position) });
    expect(told.status).toBe(200);
    await eventually(async () => {
      expect((await api.get('/health/ready')).status).toBe(200);
      expect((await api.get(path)).body).toEqual(told.body);
    }, PATIENCE_MS);
  });

  it('forget whom the service has erased', async () => {
    const path = `/users/${EXAMPLE_USER.id}`;
    expect((await service.api.send('DELETE', path)).status).toBe(202);
    await eventually(async () => expect((await api.get(`${path}/profile`)).status).toBe(404), PATIENCE_MS);
    const rows = await database.query('select from eventfold.user_profiles');
    expect(rows).toEqual([]);
  });
});
