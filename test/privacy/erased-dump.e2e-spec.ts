import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spellingsOf } from '../../src/event-sourcing/for-service.js';
import { eventually } from '../support/eventually.js';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { InstalledServer, installedPrograms } from '../support/servers/installed-server.js';

const programs = installedPrograms();
const withClient = programs === undefined ? describe.skip : describe;
if (programs === undefined) {
  console.log('Skipped the dump after an erasure: there is no PostgreSQL with server and client installed.');
}
/** How soon after the end of an erasure nothing may be found any more, in ms. */
const FOUND_UNTIL_MS = 10_000;

/** What leaves a database is searched as a stranger would: a dump, the metrics and the log of the service. */
withClient('a dump after an erasure', () => {
  const userId = randomUUID();
  const [email, name] = [`Ann.${randomUUID()}@example.org`, `Ann "${randomUUID()}" \u00d6`];
  let folder: string;
  let server: InstalledServer;
  let url: string;
  let service: ServiceProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eventfold-privacy-'));
    server = await InstalledServer.start(programs!);
    url = await server.createDatabase('eventfold');
    service = await startServiceProcess({
      DATABASE_URL: url,
      SNAPSHOT_EVERY: '2',
      PRIVACY_LEDGER: join(folder, 'erasures.jsonl'),
    });
  });
  afterAll(async () => {
    await service.end('SIGTERM');
    await server.remove();
    await rm(folder, { recursive: true });
  });

  const isIn = (text: string) => {
    const lower = text.toLowerCase();
    return [email, name].flatMap(spellingsOf).some((spelling) => lower.includes(spelling));
  };
  /** Where something of the person is. The tables are those of the dump. */
  const found = async () => {
    const dump = await server.run('pg_dump', '-d', url, '--inserts');
    const tables = dump
      .split('\n')
      .filter((line) => isIn(line))
      .map((line) => /^INSERT INTO (\S+)/.exec(line)?.[1] ?? line);
    const metrics = (await service.api.get('/metrics')).body as string;
    return {
      tables: [...new Set(tables)].toSorted(),
      metrics: isIn(metrics),
      output: isIn(service.output()),
    };
  };

  it('has nothing of the person, and neither have metrics and log output', async () => {
    const { api } = service;
    const key = { 'idempotency-key': randomUUID() };
    expect(await api.post('/users', { userId, email, name }, key)).toMatchObject({ status: 201 });
    for (const preferences of [['a'], ['b'], ['c'], ['d']]) {
      await api.put(`/users/${userId}/preferences`, { preferences });
    }
    await server.query(
      `insert into eventfold.projection_workers (worker, projection, revision, status, failure)
       values (gen_random_uuid(), 'user-profile', '1', 'retrying', $1)`,
      [`cannot fold ${email}`],
      url,
    );
    await eventually(async () => {
      const { tables } = await found();
      expect(tables).toEqual([
        'eventfold.projection_workers',
        'eventfold.snapshots',
        'eventfold.user_profiles',
      ]);
    });
    const { body } = await api.send('DELETE', `/users/${userId}`);
    await eventually(async () => {
      expect((await api.get(`/privacy/erasures/${body.erasureId}`)).body.state).toBe('done');
    });
    const doneAt = performance.now();
    const after = await found();
    expect(performance.now() - doneAt).toBeLessThan(FOUND_UNTIL_MS);
    expect(after).toEqual({ tables: [], metrics: false, output: false });
  });
});
