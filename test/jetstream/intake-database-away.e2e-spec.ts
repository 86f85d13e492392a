import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Intake } from '../../src/jetstream/intake/intake.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { eventually } from '../support/eventually.js';
import { PATIENCE_MS } from '../support/patience.js';
import { startOn } from '../support/http/test-service.js';
import { PrivateServer } from '../support/servers/private-server.js';
import { ViewingStream } from '../support/servers/viewing-stream.js';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/service/database/data-source-options.js';
import { migrate } from '../../src/service/database/migrate.js';

/** The broker delivers a message again when nothing is heard of it for this time. */
const ACK_WAIT_MS = 2_000;
const MESSAGES = 300;

(hasBroker() ? describe : describe.skip)('the intake, while something is away', () => {
  let cluster: BrokerCluster;
  let stream: ViewingStream;
  let server: PrivateServer;
  let service: Awaited<ReturnType<typeof startOn>>;

  beforeAll(async () => {
    cluster = await BrokerCluster.start(1);
    stream = await ViewingStream.on(cluster);
    await stream.addConsumer(ACK_WAIT_MS);
    server = await PrivateServer.start();
    const migrator = await new DataSource(dataSourceOptions(server.url, 'eventfold', 2)).initialize();
    await migrate(migrator, 'eventfold');
    await migrator.destroy();
    service = await startOn(server.url, stream.settings);
    await eventually(() => expect(status().state).toBe('running'));
  });
  afterAll(async () => {
    await service.stop();
    await server.remove();
    await stream.close();
    await cluster.remove();
  });

  const status = () => service.app.get(Intake, { strict: false }).report;

  async function publish(count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, () => randomUUID());
    for (const eventId of ids) {
      await stream.publish('shop.content.rated', {
        userId: randomUUID(),
        contentId: 'a',
        rating: 4,
        eventId,
      });
    }
    return ids;
  }
  const stored = async () =>
    (await server.query<{ id: string }>(`select event_id as id from eventfold.events`)).map(({ id }) => id);

  it('waits for the database, and uses up no delivery', async () => {
    await server.stop();
    const ids = await publish(MESSAGES);
    await eventually(() => expect(status()).toMatchObject({ state: 'waiting', held: MESSAGES }));
    const since = performance.now();
    await eventually(() => expect(performance.now() - since).toBeGreaterThan(3 * ACK_WAIT_MS));
    const { delivered, num_ack_pending, num_redelivered } = await stream.consumer();
    await server.startAgain();
    await stream.settled();
    expect({ delivered: delivered.consumer_seq, num_ack_pending, num_redelivered }).toEqual({
      delivered: MESSAGES,
      num_ack_pending: MESSAGES,
      num_redelivered: 0,
    });
    expect((await stored()).toSorted()).toEqual(ids.toSorted());
    expect(status()).toMatchObject({
      state: 'running',
      waitingFor: null,
      messages: { rejected: 0, failed: 0 },
    });
  });

  it('waits for the broker, and goes on by itself', async () => {
    await cluster.killNode(0);
    await eventually(() => expect(status().state).toBe('waiting'));
    cluster.startNode(0);
    await eventually(() => expect(status().state).toBe('running'));
    let id: string | undefined;
    // The connection of the test comes back when it likes.
    await eventually(async () => void ([id] = await publish(1)), PATIENCE_MS);
    await stream.settled();
    expect(await stored()).toContain(id);
  });

  it('waits for the consumer, and makes it again', async () => {
    await stream.broker.streams.consumers.delete(ViewingStream.NAME, ViewingStream.DURABLE);
    const before = (await stored()).length;
    const [id] = await publish(1);
    await eventually(async () => expect(await stored()).toContain(id));
    await stream.settled();
    expect((await stored()).length).toBe(before + 1);
  });

  it('takes nothing by a consumer that gives messages up, and names the difference', async () => {
    await stream.addConsumer(ACK_WAIT_MS, { durable_name: 'hasty', max_deliver: 5 });
    const second = await startOn(server.url, { ...stream.settings, INTAKE_DURABLE: 'hasty' });
    const its = () => second.app.get(Intake, { strict: false }).report;
    await eventually(() => expect(its().waitingFor).toMatch('its max_deliver must be -1, and is 5'));
    await second.stop();
  });
});
