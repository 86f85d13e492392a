import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Api } from '../support/http/api.js';
import { eventually } from '../support/eventually.js';
import { startOn } from '../support/http/test-service.js';
import { installedPrograms, InstalledServer } from '../support/servers/installed-server.js';
import { MovableLine } from '../support/servers/movable-line.js';

const programs = installedPrograms();

(programs === undefined ? describe.skip : describe)('a service whose database fails over', () => {
  let primary: InstalledServer;
  let replica: InstalledServer;
  let line: MovableLine;
  let service: Awaited<ReturnType<typeof startOn>>;
  let api: Api;
  beforeAll(async () => {
    primary = await InstalledServer.start(programs!);
  });
  beforeEach(async () => {
    line = await MovableLine.to(await primary.createDatabase(`events_${randomUUID().slice(0, 8)}`));
    await startOn(line.url).then((first) => first.stop()); // makes the tables
    replica = await primary.startReplica();
    service = await startOn(line.url, { READ_AFTER_TIMEOUT_MS: '500' });
    api = new Api(service.url);
  });
  afterEach(async () => {
    await service.stop();
    await line.close();
    await replica.remove();
  });
  afterAll(() => primary.remove());

  const onReplica = (url = replica.url) => Object.assign(new URL(line.url), { host: new URL(url).host }).href;
  const head = async (url: string) =>
    (
      await primary.query<{ head: string }>(
        'select max(global_position) as head from eventfold.events',
        [],
        url,
      )
    )[0]!.head;
  const register = async () => {
    const userId = randomUUID();
    const body = { userId, email: `${userId}@example.org`, name: 'Ada', initialPreferences: ['war'] };
    const answer = await api.post('/users', body);
    expect(answer.status).toBe(201);
    return { userId, position: Number(answer.body.position) };
  };

  /** The replica is promoted without what the primary appended in `lost`. */
  async function loseAndFailOver(lost: () => Promise<void>): Promise<void> {
    const known = await head(line.url);
    await eventually(async () => expect(await head(onReplica())).toBe(known));
    await replica.query(`alter system set primary_conninfo = ''`);
    await replica.query('select pg_reload_conf()');
    await eventually(async () => {
      expect(await replica.query('select from pg_stat_wal_receiver')).toEqual([]);
    });
    await lost();
    await replica.promote();
    line.moveTo(onReplica());
    await eventually(async () => expect((await api.get('/health/ready')).status).toBe(200));
  }

  it('answers from the new server, not from what it remembers of the old one', async () => {
    const { userId } = await register();
    let last = 0;
    await loseAndFailOver(async () => {
      const changed = await api.put(`/users/${userId}/preferences`, { preferences: ['drama'] });
      last = Number(changed.body.position);
      const readAfter = { 'read-after': String(last) };
      expect((await api.get(`/users/${userId}/profile`, readAfter)).body.preferences).toEqual(['drama']);
      expect((await api.get(`/users/${userId}`)).body).toMatchObject({ version: 2 });
    });
    expect((await api.get(`/users/${userId}`)).body).toMatchObject({ version: 1, preferences: ['war'] });
    // The position is lost: the new log has not come so far. A row that is older must not be answered.
    const old = await api.get(`/users/${userId}/profile`, { 'read-after': String(last) });
    expect(old).toMatchObject({ status: 503, body: { type: 'not-caught-up' } });
    const again = await api.put(`/users/${userId}/preferences`, { preferences: ['comedy'] });
    expect(again).toMatchObject({ status: 200, body: { version: 2, position: last } });
  });

  it('closes connections that lead to a server that is read-only, and appends once one leads to the primary', async () => {
    await register();
    line.moveTo(onReplica()); // it still is a replica
    await eventually(async () => {
      expect(
        await api.post('/users', { userId: randomUUID(), email: 'a@example.org', name: 'Ada' }),
      ).toMatchObject({ status: 503, body: { type: 'database-unavailable' } });
    });
    line.newConnectionsTo(Object.assign(new URL(line.url), { host: new URL(primary.url).host }).href);
    await eventually(async () => void (await register()));
  });
});
