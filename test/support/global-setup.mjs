// Runs once before the end-to-end tests: builds, so that tests can start real processes; starts a PostgreSQL (or uses
// TEST_DATABASE_URL); makes one migrated database there that every test file clones; writes the OpenAPI document that
// answers are held against. Plain JavaScript, since Jest does not transform what it imports here.

import { execFileSync } from 'node:child_process';
import { mkdtemp, chmod, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { ensureFreshBuild, root } from '../../src/fresh-build.mjs';

export default async function setUp() {
  ensureFreshBuild();
  const { server, stop } = await findServer();
  const prefix = `eventfold_test_${Date.now().toString(36)}`;
  const template = `${prefix}_template`;
  await withClient(server, (client) => client.query(`create database ${template}`));
  await migrateDatabase(databaseUrl(server, template));
  process.env.EVENTFOLD_TEST_SERVER = server;
  process.env.EVENTFOLD_TEST_PREFIX = prefix;
  const document = await writeDocument();
  process.env.EVENTFOLD_OPENAPI = document;
  globalThis.tearDownEventfoldTests = async () => {
    await rm(dirname(document), { recursive: true });
    await dropDatabases(server, prefix);
    await stop();
  };
}

async function findServer() {
  const given = process.env.TEST_DATABASE_URL;
  if (given) return { server: given, stop: async () => {} };
  const { EmbeddedPostgres } = await import('../../dist/src/database/embedded-postgres.js');
  const dataDir = await mkdtemp(join(tmpdir(), 'eventfold-test-'));
  await chmod(dataDir, 0o755); // a server that root starts runs as another user, who must get here
  const embedded = await EmbeddedPostgres.start(dataDir);
  const stop = async () => {
    await embedded.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { server: embedded.url, stop };
}

async function writeDocument() {
  const file = join(await mkdtemp(join(tmpdir(), 'eventfold-openapi-')), 'openapi.json');
  execFileSync(process.execPath, [join(root, 'dist/src/write-openapi.js'), file]);
  return file;
}

async function migrateDatabase(url) {
  const { DataSource } = await import('typeorm');
  const { dataSourceOptions } = await import('../../dist/src/database/data-source-options.js');
  const { migrate } = await import('../../dist/src/database/migrate.js');
  const dataSource = await new DataSource(dataSourceOptions(url, 'eventfold', 3)).initialize();
  await migrate(dataSource, 'eventfold');
  await dataSource.destroy();
}

async function dropDatabases(server, prefix) {
  await withClient(server, async (client) => {
    const { rows } = await client.query('select datname from pg_database where datname like $1', [
      `${prefix}%`,
    ]);
    for (const { datname } of rows) await client.query(`drop database ${datname} with (force)`);
  });
}

async function withClient(url, work) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function databaseUrl(server, database) {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}
