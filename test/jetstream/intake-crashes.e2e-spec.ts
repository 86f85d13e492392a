import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomInt, randomUUID } from 'node:crypto';
import { Random } from '../../bench/simulate/random.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { eventually } from '../support/eventually.js';
import { PATIENCE_MS } from '../support/patience.js';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { scaled } from '../support/scale.js';
import { ViewingStream } from '../support/servers/viewing-stream.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const PROCESSES = 2;
const BLOWS = scaled(6, 120);
/** Messages from one blow to the next. */
const BETWEEN = 150;
const seed = Number(process.env.INTAKE_SEED ?? randomInt(2 ** 31));
const STRUCK_WITHIN_MS = 600_000 + BLOWS * 20_000;

/**
 * Processes that take in, and nodes of the cluster, are killed by turns while another service publishes. In the end the
 * log has each message once.
 */
(hasBroker() ? describe : describe.skip)(
  `the intake, struck down ${BLOWS} times (INTAKE_SEED=${seed})`,
  () => {
    const random = new Random(`${seed}/blows`);
    const published = new Set<string>();
    const invalid = new Set<string>();
    let cluster: BrokerCluster;
    let stream: ViewingStream;
    let database: TestDatabase;
    let services: ServiceProcess[] = [];

    const startService = () => startServiceProcess({ ...stream.settings, DATABASE_URL: database.url });

    beforeAll(async () => {
      cluster = await BrokerCluster.start();
      stream = await ViewingStream.on(cluster);
      await stream.addConsumer(3_000);
      database = await createTestDatabase();
      services = await Promise.all(Array.from({ length: PROCESSES }, startService));
      for (let blow = 0; blow < BLOWS; blow++) {
        const publications = publishSome();
        await (blow % 2 === 0 ? strikeService() : strikeNode());
        await publications;
      }
      await publishSome();
      await stream.settled();
    }, STRUCK_WITHIN_MS);
    afterAll(async () => {
      await Promise.all(services.map((service) => service.end('SIGKILL')));
      await stream?.close();
      await cluster?.remove();
      await database?.drop();
    });

    /** Like a careful service: what was not acknowledged is published again, with the same id. */
    async function publishSome(): Promise<void> {
      for (let count = 0; count < BETWEEN; count++) {
        const eventId = randomUUID();
        const isInvalid = count % 50 === 0;
        const rating = isInvalid ? 6 : 4;
        const body = { userId: randomUUID(), contentId: `film-${count % 7}`, rating, eventId };
        await eventually(() => stream.publish('shop.content.rated', body).then(() => undefined), PATIENCE_MS);
        (isInvalid ? invalid : published).add(eventId);
      }
    }

    async function strikeService(): Promise<void> {
      const victim = random.integer(0, PROCESSES - 1);
      await services[victim]!.end('SIGKILL');
      services[victim] = await startService();
    }

    async function strikeNode(): Promise<void> {
      const victim = random.integer(0, cluster.size - 1);
      await cluster.killNode(victim);
      cluster.startNode(victim);
      // The next node ends only when this one has all messages again, also the rejected ones: JetStream needs two.
      await eventually(async () => {
        for await (const { cluster: replicas } of stream.broker.streams.streams.list())
          expect(replicas!.replicas!.filter(({ current }) => current)).toHaveLength(2);
      }, PATIENCE_MS);
    }

    it('has every message in the log, once', async () => {
      const rows = await database.query<{ id: string; times: number }>(
        `select event_id as id, count(*)::int as times from eventfold.events group by event_id`,
      );
      expect(rows.filter(({ times }) => times > 1)).toEqual([]);
      expect(new Set(rows.map(({ id }) => id))).toEqual(published);
    });

    it('has a log without gaps', async () => {
      const [row] = await database.query(
        `select count(*)::int as count, max(global_position)::int as last from eventfold.events`,
      );
      expect(row).toEqual({ count: published.size, last: published.size });
    });

    it('has kept every invalid message', async () => {
      const kept = (await stream.rejected()).map(
        ({ body }) => (JSON.parse(body) as { eventId: string }).eventId,
      );
      expect(new Set(kept)).toEqual(invalid);
    });
  },
);
