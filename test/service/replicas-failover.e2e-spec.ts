/** A replica that has followed the old primary further than the one that was promoted. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Api } from '../support/http/api.js';
import { eventually } from '../support/eventually.js';
import { type StartedService, startOn } from '../support/http/test-service.js';
import { installedPrograms, InstalledServer } from '../support/servers/installed-server.js';
import { MovableLine } from '../support/servers/movable-line.js';

const programs = installedPrograms();
/** Events that only the old primary and its one replica have. */
const LOST = 30;

(programs === undefined ? describe.skip : describe)(
  `a service whose new primary lacks ${LOST} events that a replica has`,
  () => {
    let old: InstalledServer;
    let promoted: InstalledServer;
    let foreign: InstalledServer;
    const others: InstalledServer[] = [];
    let primaryLine: MovableLine;
    let replicaLine: MovableLine;
    let service: StartedService;
    let api: Api;
    let userId: string;
    beforeAll(async () => {
      old = await InstalledServer.start(programs!);
      await startOn(old.url).then((first) => first.stop()); // makes the tables
      [promoted, foreign] = [await old.startReplica(), await old.startReplica()];
      primaryLine = await MovableLine.to(old.url);
      replicaLine = await MovableLine.to(foreign.url);
      service = await startOn(primaryLine.url, { DATABASE_REPLICA_URLS: replicaLine.url });
      api = new Api(service.url);
      userId = await register();
      await eventually(async () => {
        expect(await headOf(promoted)).toBe(await headOf(old));
        expect(await states()).toEqual(['in-use']);
      });
      await promoted.crash();
      for (let nth = 0; nth < LOST; nth++) await change(`lost-${nth}`);
      await eventually(async () => expect(await checkpointOf(foreign)).toBe(await headOf(old)));
      await old.crash();
    }, 120_000);
    afterAll(async () => {
      await service?.stop();
      await Promise.all([primaryLine, replicaLine].map((line) => line?.close()));
      for (const server of [...others, foreign, promoted, old]) await server?.remove();
    });

    const headOf = async (server: InstalledServer) =>
      (
        await server.query<{ head: number }>('select max(global_position)::int as head from eventfold.events')
      )[0]!.head;
    const checkpointOf = async (server: InstalledServer) =>
      (
        await server.query<{ position: number }>(
          `select position::int from eventfold.projection_checkpoints where projection = 'user-profile' and build = 'live'`,
        )
      )[0]!.position;
    async function states(): Promise<string[]> {
      return (await api.get('/health/ready')).body.replicas;
    }
    async function register(): Promise<string> {
      const id = randomUUID();
      const user = { userId: id, email: `${id}@example.org`, name: 'Ada', initialPreferences: ['war'] };
      const { status, body } = await api.post('/users', user);
      expect({ status, body }).toMatchObject({ status: 201 });
      return id;
    }
    async function change(preference: string): Promise<string> {
      const { status, body } = await api.put(`/users/${userId}/preferences`, { preferences: [preference] });
      expect({ status, body }).toMatchObject({ status: 200 });
      return String(body.position);
    }
    async function expectRead(position: string, preference: string): Promise<void> {
      const { status, body } = await api.get(`/users/${userId}/profile`, { 'read-after': position });
      expect({ status, body }).toMatchObject({ status: 200, body: { preferences: [preference] } });
    }

    it('goes on answering queries without Read-After by the replica while the primary is away', async () => {
      await eventually(async () => expect((await api.get('/health/ready')).status).toBe(503));
      const { status, body } = await api.get(`/users/${userId}/profile`);
      expect({ status, body }).toMatchObject({ status: 200, body: { preferences: [`lost-${LOST - 1}`] } });
    });

    it('answers Read-After by no row of the lost events right after it has found the new primary', async () => {
      await promoted.startAgain();
      await promoted.promote();
      primaryLine.moveTo(promoted.url);
      let position = '';
      await eventually(async () => void (position = await change('first')));
      expect(Number(position)).toBeLessThan(await headOf(foreign));
      await expectRead(position, 'first');
    });

    it('leaves the replica out, also when the new log has grown beyond it', async () => {
      const position = await change('western');
      await eventually(async () => expect(await states()).toEqual(['ahead']));
      const lost = await headOf(foreign);
      while ((await headOf(promoted)) <= 2 * lost) {
        await register();
        await expectRead(position, 'western');
        expect(await states()).toEqual(['ahead']);
      }
      for (const until = performance.now() + 2_500; performance.now() < until;) {
        await expectRead(position, 'western');
        expect(await states()).toEqual(['ahead']);
      }
    }, 120_000);

    it('takes it back when it follows the new primary', async () => {
      others.push(await promoted.startReplica());
      replicaLine.moveTo(others[0]!.url);
      await eventually(async () => expect(await states()).toEqual(['in-use']));
      await expectRead(await change('comedy'), 'comedy');
    });
  },
);
