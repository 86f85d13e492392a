import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Random } from '../../bench/simulate/random.js';
import { runCli } from '../support/processes/cli-process.js';
import { eventually } from '../support/eventually.js';
import { InstalledServer, installedPrograms } from '../support/servers/installed-server.js';
import { type LogEvent, readLog } from '../support/log/plain-fold.js';
import { rowDifferences } from '../support/log/row-differences.js';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { gapsOf, StubbornLoad } from '../support/log/stubborn-load.js';

const programs = installedPrograms();
const withClient = programs === undefined ? describe.skip : describe;
if (programs === undefined) {
  console.log('Skipped dump and restore: there is no PostgreSQL with server and client installed.');
}
/** The number of acknowledgements before, during and after the dump. */
const EACH = 150;
const USER = '7b0c5d0e-1f2a-4c3b-8d4e-5f6a7b8c9d0e';
const registration = { userId: USER, email: 'ada@example.org', name: 'Ada' };
const KEY = { 'idempotency-key': 'before-the-dump' };

/** The commands of docs/backup.md: a service is dumped while it works, and restored on another, empty server. */
withClient('a service that is restored from a dump made under load', () => {
  let home: InstalledServer;
  let elsewhere: InstalledServer;
  let url: string;
  let service: ServiceProcess;
  /** The whole load, as it went on without the dump. */
  let original: LogEvent[];
  /** The acknowledgements before the dump began, and by its end. */
  let positions: { before: number; after: number };

  const restored = {
    query: <Row extends object>(sql: string, parameters?: unknown[]) =>
      elsewhere.query<Row>(sql, parameters, url),
  };
  const caughtUp = () =>
    eventually(async () => {
      const { items } = (await service.api.get('/projections')).body;
      expect(items).toHaveLength(2);
      for (const item of items)
        expect(item).toMatchObject({ status: 'running', lagEvents: 0, parkedKeys: 0, rebuild: null });
    });

  beforeAll(async () => {
    [home, elsewhere] = await Promise.all([
      InstalledServer.start(programs!),
      InstalledServer.start(programs!),
    ]);
    const source = await home.createDatabase('eventfold');
    const first = await startServiceProcess({ DATABASE_URL: source });
    expect(await first.api.post('/users', registration, KEY)).toMatchObject({ status: 201 });
    const load = new StubbornLoad(new Random('backup'), () => first.api);
    load.start();
    await load.goesOn(EACH);
    const acknowledged = () => Math.max(...load.receipts.map(({ position }) => position));
    const before = acknowledged();
    const [file] = await Promise.all([dump(source), load.goesOn(EACH)]);
    positions = { before, after: acknowledged() };
    await load.goesOn(EACH);
    await load.stop();
    original = await readLog({ query: (sql, parameters) => home.query(sql, parameters, source) });
    expect(await first.end('SIGTERM')).toBe(0);
    url = await elsewhere.createDatabase('eventfold');
    await elsewhere.run(
      'pg_restore',
      '--no-owner',
      '--exit-on-error',
      '--single-transaction',
      '-d',
      url,
      file,
    );
    service = await startServiceProcess({ DATABASE_URL: url });
  }, 480_000);
  afterAll(async () => {
    await service?.end('SIGKILL');
    for (const server of [home, elsewhere]) await server?.remove();
  });

  async function dump(source: string): Promise<string> {
    const file = home.file('eventfold.dump');
    await home.run('pg_dump', '-Fc', '--schema=eventfold', '-f', file, source);
    return file;
  }

  it('has the log of one moment during the dump, without a gap', async () => {
    const log = await readLog(restored);
    expect(gapsOf(log)).toEqual([]);
    expect(log.length).toBeGreaterThanOrEqual(positions.before);
    expect(log.length).toBeLessThanOrEqual(positions.after);
    expect(log).toEqual(original.slice(0, log.length));
  });

  it('has a sound log, guards included', async () => {
    expect(await runCli({ DATABASE_URL: url }, 'log', 'verify', '--json')).toMatchObject({
      code: 0,
      out: expect.stringContaining('"ok":true'),
    });
  });

  it('goes on folding where the dump left off: rows are those of a plain fold', async () => {
    await caughtUp();
    expect(await rowDifferences(restored, await readLog(restored))).toEqual([]);
  });

  it('still knows idempotency keys and reserved e-mail addresses', async () => {
    const again = await service.api.post('/users', registration, KEY);
    expect(again).toMatchObject({ status: 201, body: { userId: USER } });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const taken = await service.api.post('/users', { ...registration, userId: undefined });
    expect(taken).toMatchObject({ status: 409, body: { type: 'user.email-taken' } });
  });

  it('takes new commands at the next position, and folds them', async () => {
    const head = (await readLog(restored)).length;
    const changed = await service.api.put(`/users/${USER}/preferences`, {
      preferences: ['after the restore'],
    });
    expect(changed).toMatchObject({ status: 200, body: { version: 2, position: head + 1 } });
    const profile = await service.api.get(`/users/${USER}/profile`, { 'read-after': String(head + 1) });
    expect(profile.body.preferences).toEqual(['after the restore']);
  });

  it('makes again, from the log alone, read models that a dump left out', async () => {
    const tables = ['user_profiles', 'content_popularity', 'content_viewers'];
    for (const table of tables) await restored.query(`truncate eventfold.${table}`);
    for (const name of ['user-profile', 'content-popularity']) {
      expect(await service.api.post(`/projections/${name}/rebuild`)).toMatchObject({ status: 202 });
    }
    await caughtUp();
    expect(await rowDifferences(restored, await readLog(restored))).toEqual([]);
  });
});
