import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packagesRun } from '../support/processes/observed-import.js';
import { spawnService } from '../support/processes/service-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const ROOT = join(import.meta.dirname, '../..');

describe('the packages of NATS', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  /** The packages with executed files in a process of the service, by V8's own list. */
  async function packagesOf(environment: NodeJS.ProcessEnv): Promise<string[]> {
    const folder = await mkdtemp(join(tmpdir(), 'eventfold-coverage-'));
    const variables = { DATABASE_URL: database.url, NODE_V8_COVERAGE: folder, ...environment };
    const service = spawnService(variables, ROOT, join(ROOT, 'dist/service/main.js'));
    await service.ready;
    expect(await service.end('SIGTERM')).toBe(0);
    const packages = await packagesRun(folder);
    await rm(folder, { recursive: true });
    return packages.filter((name) => name.startsWith('@nats-io/'));
  }

  it('are not loaded by a service without JETSTREAM_URL', async () => {
    expect(await packagesOf({})).toEqual([]);
  });

  it('are loaded by one that relays, whose broker may be away at its start and its end', async () => {
    const found = await packagesOf({ JETSTREAM_URL: 'nats://127.0.0.1:1', RELAY: 'on' });
    expect(found).toContain('@nats-io/transport-node');
  });
});
