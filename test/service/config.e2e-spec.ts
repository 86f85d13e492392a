import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Settings } from '../../src/service/config/settings.js';
import { startEventfold } from '../support/cli.js';
import { spawnService } from '../support/processes/service-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** There is no such server: a try to reach it would fail. */
const NO_DATABASE = 'postgres://eve:open-sesame@127.0.0.1:1/events';

describe('settings in the environment and in .env', () => {
  let database: TestDatabase;
  let home: string;
  let count = 0;
  beforeAll(async () => {
    database = await createTestDatabase();
    home = await mkdtemp(join(tmpdir(), 'eventfold-config-'));
  });
  afterAll(async () => {
    await rm(home, { recursive: true, force: true });
    await database.drop();
  });

  /** A working directory with such a file. */
  async function directoryWith(...lines: string[]): Promise<string> {
    const directory = join(home, String(count++));
    await mkdir(directory);
    await writeFile(join(directory, '.env'), lines.join('\n'));
    return directory;
  }

  /** The output of `eventfold config`, as JSON. */
  async function configOf(directory: string, environment: NodeJS.ProcessEnv) {
    const { code, out, err } = await startEventfold({ directory, environment }, 'config', '--json').outcome;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return JSON.parse(out) as Record<string, { value: unknown; source: string }>;
  }

  it('are shown all, with their defaults, without a database', async () => {
    const config = await configOf(home, {});
    expect(Object.keys(config).toSorted()).toEqual(Object.keys(new Settings()).toSorted());
    expect(new Set(Object.values(config).map(({ source }) => source))).toEqual(new Set(['default']));
    expect(config).toMatchObject({
      PORT: { value: 3000 },
      DATABASE_URL: { value: null },
      PROJECTIONS: { value: 'on' },
    });
  });

  it('are taken from the environment first, then from the file, and what is empty is not set', async () => {
    const directory = await directoryWith(
      '# of this machine',
      'PORT=4000',
      'HOST="localhost"',
      "LOG_FORMAT='json'",
      'SNAPSHOT_EVERY=',
      'DATA_DIR=./of-the-file # beside it',
      'SOMEBODY_ELSES=1',
    );
    const config = await configOf(directory, { PORT: '5000', HOST: '', LOG_LEVEL: 'warn' });
    expect(config).toMatchObject({
      PORT: { value: 5000, source: 'environment' },
      LOG_LEVEL: { value: 'warn', source: 'environment' },
      HOST: { value: 'localhost', source: '.env' },
      LOG_FORMAT: { value: 'json', source: '.env' },
      DATA_DIR: { value: './of-the-file', source: '.env' },
      SNAPSHOT_EVERY: { value: 100, source: 'default' },
    });
    expect(config).not.toHaveProperty('SOMEBODY_ELSES');
  });

  it.each([
    [NO_DATABASE, 'postgres://eve:***@127.0.0.1:1/events'],
    ['postgres://127.0.0.1:1/events?password=open-sesame', 'postgres://127.0.0.1:1/events?password=***'],
    ['postgres://127.0.0.1:1/events', 'postgres://127.0.0.1:1/events'],
  ])('are shown without passwords, for people and for programs: %s', async (url, expected) => {
    const directory = await directoryWith(`DATABASE_URL=${url}`);
    expect((await configOf(directory, {})).DATABASE_URL).toEqual({ value: expected, source: '.env' });
    const { code, out } = await startEventfold({ directory }, 'config').outcome;
    expect(code).toBe(0);
    expect(out).toMatch(/^setting +value +source$/m);
    expect(out).toContain(expected);
    expect(out).not.toContain('open-sesame');
    expect(out).toMatch(/^AUTH_JWT_SECRET +- +default$/m);
  });

  it('that are wrong, in the file as well, are named in one line, with exit code 2', async () => {
    const directory = await directoryWith('LOG_FORMAT=xml');
    const { code, out, err } = await startEventfold({ directory }, 'config').outcome;
    expect({ code, out, lines: err.trimEnd().split('\n').length }).toEqual({ code: 2, out: '', lines: 1 });
    expect(err).toMatch(/^eventfold: LOG_FORMAT is "xml", .*pretty, json/);
  });

  it('end the start of the service when the file cannot be read', async () => {
    const directory = join(home, 'unreadable');
    await mkdir(join(directory, '.env'), { recursive: true });
    const service = spawnService({ DATABASE_URL: NO_DATABASE }, directory);
    await expect(service.ready).rejects.toThrow(
      /Ended with 1 .*\nEventfold cannot start: the file .*\.env cannot be read: EISDIR\n$/,
    );
  });

  it('of the file are what the service starts with, and the command line connects with', async () => {
    const directory = await directoryWith(`DATABASE_URL=${database.url}`, 'LOG_FORMAT=json', 'PORT=http');
    const service = spawnService({}, directory); // its environment has a PORT
    try {
      const { api } = await service.ready;
      const content = { title: 'Metropolis', genre: 'drama' };
      expect(await api.put('/contents/metropolis-1927', content)).toMatchObject({ status: 200 });
    } finally {
      expect(await service.end('SIGTERM')).toBe(0);
    }
    const { code, out } = await startEventfold({ directory }, 'log', 'tail').outcome;
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('content-metropolis-1927@1') });
  });
});
