import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { chmod, lstat, mkdir, mkdtemp, readFile, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';

/** One data directory. Each test goes on where the previous one ended, since a start and an `initdb` take seconds. */
describe('the service on a machine without a database', () => {
  let home: string;
  let running: ServiceProcess[];
  /** The service that still runs when a test has ended. */
  let last: ServiceProcess;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'eventfold-standalone-'));
    await chmod(home, 0o755);
    running = [];
  });
  afterAll(async () => {
    await Promise.all(running.map((service) => service.end('SIGTERM')));
    await rm(home, { recursive: true, force: true });
  });

  const start = async (dataDir = join(home, 'data')) => {
    const service = await startServiceProcess({ DATA_DIR: dataDir });
    running.push(service);
    return service;
  };
  const register = async ({ api }: ServiceProcess) => {
    const userId = randomUUID();
    const answer = await api.post('/users', { userId, email: `${userId}@example.org`, name: 'Ada' });
    expect(answer.status).toBe(201);
    return userId;
  };
  const knows = async ({ api }: ServiceProcess, userId: string) =>
    (await api.get(`/users/${userId}`)).status === 200;
  const databaseRuns = () =>
    stat(join(home, 'data/postgres/postmaster.pid')).then(
      () => true,
      () => false,
    );

  it('two that start at the same moment on an empty directory share one database', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    expect(await knows(second, await register(first))).toBe(true);
    expect(await first.end('SIGTERM')).toBe(0);
    last = second;
  });

  it('joins the database that another instance runs, and the last to leave stops it', async () => {
    const [first, second] = [last, await start()];
    const userId = await register(first);
    expect(await knows(second, userId)).toBe(true);
    expect(await first.end('SIGTERM')).toBe(0);
    expect(await knows(second, userId)).toBe(true);
    await register(second);
    expect(await second.end('SIGTERM')).toBe(0);
    expect(await databaseRuns()).toBe(false);
  });

  it('keeps its data over a stop by Ctrl-C, which ends it with exit code 0 and stops the database', async () => {
    const first = await start();
    const userId = await register(first);
    const stopping = performance.now();
    expect(await first.end('SIGINT')).toBe(0);
    expect(performance.now() - stopping).toBeLessThan(10_000);
    expect(await databaseRuns()).toBe(false);
    last = await start();
    expect(await knows(last, userId)).toBe(true);
  });

  it('finds everything acknowledged after it was killed', async () => {
    const userId = await register(last);
    expect(await last.end('SIGKILL')).toBe(null);
    const second = await start();
    expect(await knows(second, userId)).toBe(true);
    expect(await second.end('SIGTERM')).toBe(0);
    expect(await databaseRuns()).toBe(false);
  });

  it('says what is wrong when the password of its database is lost', async () => {
    expect(await readFile(join(home, 'data/postgres.password'), 'utf8')).not.toBe('');
    await rm(join(home, 'data/postgres.password'));
    await expect(start()).rejects.toThrow(/Eventfold cannot start: .*postgres\.password is missing/);
  });

  it('finds a place for its data below a folder that is closed to others', async () => {
    const closed = join(home, 'closed');
    await mkdir(closed, { mode: 0o700 });
    const dataDir = join(closed, 'data');
    const first = await start(dataDir);
    const userId = await register(first);
    expect(await first.end('SIGTERM')).toBe(0);
    const second = await start(dataDir);
    expect(await knows(second, userId)).toBe(true);
    await second.end('SIGTERM');
    const place = await lstat(join(dataDir, 'postgres'));
    if (place.isSymbolicLink()) await removeElsewhere(join(dataDir, 'postgres'));
  });
});

/** The files that the service put where its database user can reach them. */
async function removeElsewhere(link: string): Promise<void> {
  await rm(join(await readlink(link), '..'), { recursive: true, force: true });
}
