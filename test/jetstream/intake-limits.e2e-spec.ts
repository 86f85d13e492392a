import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConsumerConfig } from '@nats-io/jetstream';
import type { INestApplicationContext } from '@nestjs/common';
import { Client } from 'pg';
import { DomainEvent, EventSourcingModule, EventStore } from '../../src/event-sourcing/index.js';
import { type IncomingMessage, JetStreamModule } from '../../src/jetstream/index.js';
import { Intake } from '../../src/jetstream/intake/intake.js';
import { createTestDatabase, startTestApplication } from '../../src/testing/index.js';
import { eventually } from '../support/eventually.js';
import { PATIENCE_MS } from '../support/patience.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { ViewingStream } from '../support/servers/viewing-stream.js';
import type { TestDatabase } from '../support/test-database.js';

class ParcelSent extends DomainEvent<'parcel.sent', { parcel: string }> {
  static readonly type = 'parcel.sent';
  readonly type = ParcelSent.type;
}

function parcelOf(message: IncomingMessage) {
  const { parcel } = message.json() as { parcel: string };
  return { streamId: 'parcels', event: new ParcelSent({ parcel }) };
}

const NANOS_PER_MS = 1_000_000;
const ACK_WAIT_MS = 1_000;

(hasBroker() ? describe : describe.skip)('the limits of an intake', () => {
  let cluster: BrokerCluster;
  let stream: ViewingStream;
  let database: TestDatabase;
  let app: INestApplicationContext;

  beforeAll(async () => {
    cluster = await BrokerCluster.start(1);
  });
  afterAll(() => cluster.remove());
  beforeEach(async () => {
    database = await createTestDatabase();
    stream = await ViewingStream.on(cluster);
  });
  afterEach(async () => {
    await app.close();
    await database.drop();
    await stream.broker.streams.streams.delete(ViewingStream.NAME);
    await stream.close();
  });

  async function start(intake: object = {}): Promise<void> {
    app = await startTestApplication(database.url, {
      imports: [
        EventSourcingModule.forFeature({ events: [ParcelSent] }),
        JetStreamModule.forRoot({
          servers: cluster.url,
          intake: { stream: ViewingStream.NAME, map: parcelOf, ...intake },
        }),
      ],
    });
  }
  const report = () => app.get(Intake, { strict: false }).report;
  const stored = async () =>
    (await app.get(EventStore, { strict: false }).readStream('parcels')).map(
      ({ data }) => (data as { parcel: string }).parcel,
    );

  async function publish(count: number, bytes = 0): Promise<string[]> {
    const parcels = Array.from({ length: count }, (_, index) => `${index}`);
    for (const parcel of parcels)
      await stream.publish('shop.parcels', { parcel, padding: 'x'.repeat(bytes) });
    return parcels;
  }

  /** Keeps every append waiting. Returns the release. */
  async function lockLog(): Promise<() => Promise<void>> {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query('begin; lock table eventfold.events in access exclusive mode');
    return () => client.end();
  }

  it.each([
    [{ maxMessages: 5 }, 5],
    [{ maxBytes: 400_000 }, 8],
  ])('hold for all that the broker has delivered: %j', async (limits, most) => {
    await stream.addConsumer(ACK_WAIT_MS);
    await publish(50); // small ones say nothing of the later ones
    await start(limits);
    await stream.settled();
    const release = await lockLog();
    const { delivered: before } = await stream.consumer();
    const parcels = await publish(60, 50_000);
    await eventually(() => expect(report().held).toBeGreaterThan(0));
    const since = performance.now();
    await eventually(() => expect(performance.now() - since).toBeGreaterThan(3 * ACK_WAIT_MS), PATIENCE_MS);
    const { delivered, num_ack_pending, num_redelivered } = await stream.consumer();
    expect(report().held).toBe(num_ack_pending);
    expect(num_ack_pending).toBeLessThanOrEqual(most);
    expect([delivered.consumer_seq - before.consumer_seq, num_redelivered]).toEqual([num_ack_pending, 0]);
    await release();
    await stream.settled();
    expect((await stored()).slice(50)).toEqual(parcels);
  });

  it('leave time: messages are read while the database is busy with those before them', async () => {
    const read: string[] = [];
    const map = (message: IncomingMessage) => {
      read.push((message.json() as { parcel: string }).parcel);
      return parcelOf(message);
    };
    await start({ map });
    const release = await lockLog();
    const parcels = await publish(20);
    await eventually(() => expect(read).toEqual(parcels));
    expect(report()).toMatchObject({ held: 20, messages: { appended: 0 } });
    await release();
    await stream.settled();
    expect(await stored()).toEqual(parcels);
    expect(read).toEqual(parcels);
  });

  it('let a message through alone that is larger than they are', async () => {
    await start({ maxBytes: 1_000 });
    const parcels = [...(await publish(3)), ...(await publish(3, 50_000)), ...(await publish(3))];
    await stream.settled();
    expect(await stored()).toEqual(parcels);
  });

  it.each([
    { max_batch: 10 },
    { max_bytes: 1_000 },
    { max_expires: 1_000 * NANOS_PER_MS },
  ] satisfies Partial<ConsumerConfig>[])(
    'are those of the consumer where they are smaller: %j',
    async (limit) => {
      await stream.addConsumer(30_000, limit);
      await start();
      const parcels = await publish(30, 100);
      await stream.settled();
      expect(await stored()).toEqual(parcels);
      expect(report()).toMatchObject({ state: 'running', messages: { appended: 30, duplicate: 0 } });
    },
  );

  it('are named when the consumer gets smaller ones meanwhile, and are kept from then on', async () => {
    await stream.addConsumer(30_000);
    await start();
    await eventually(() => expect(report().state).toBe('running'));
    await stream.broker.streams.consumers.update(ViewingStream.NAME, ViewingStream.DURABLE, {
      max_batch: 10,
    });
    const parcels = await publish(30);
    await stream.settled();
    expect(await stored()).toEqual(parcels);
  });

  it('are no consumer without bodies: that is refused, and nothing is rejected', async () => {
    await stream.addConsumer(30_000, { headers_only: true });
    await publish(1);
    await start();
    await eventually(() =>
      expect(report().waitingFor).toMatch('its headers_only must be false, and is true'),
    );
    expect(report().messages.rejected).toBe(0);
  });
});
