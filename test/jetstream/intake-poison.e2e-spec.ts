import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import {
  DomainEvent,
  ErasureService,
  EventSourcingModule,
  personal,
} from '../../src/event-sourcing/index.js';
import { type IncomingMessage, JetStreamModule } from '../../src/jetstream/index.js';
import { Intake } from '../../src/jetstream/intake/intake.js';
import { RejectedMessages } from '../../src/jetstream/intake/rejected-messages.js';
import { createTestDatabase, startTestApplication } from '../../src/testing/index.js';
import { eventually } from '../support/eventually.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { ViewingStream } from '../support/servers/viewing-stream.js';
import type { TestDatabase } from '../support/test-database.js';

interface Parcel {
  userId: string;
  name: string;
}

class ParcelSent extends DomainEvent<'parcel.sent', Parcel> {
  static readonly type = 'parcel.sent';
  static override readonly personal = personal<Parcel>({ subject: 'userId', fields: { name: 'erased' } });
  readonly type = ParcelSent.type;
}

function parcelOf(message: IncomingMessage) {
  const { userId, name } = message.json() as Parcel;
  return { streamId: `parcel-${userId}`, event: new ParcelSent({ userId, name }) };
}

const PREFIX = 'depot.in';
/** The broker's default. */
const MAX_PAYLOAD = 2 ** 20;

(hasBroker() ? describe : describe.skip)('a message that can never be taken', () => {
  let cluster: BrokerCluster;
  let stream: ViewingStream;
  let database: TestDatabase;
  let app: INestApplicationContext;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    cluster = await BrokerCluster.start(1);
    stream = await ViewingStream.on(cluster);
  });
  afterEach(async () => {
    await app.close();
    await stream.close();
    await cluster.remove();
  });

  async function start(intake: object = {}): Promise<void> {
    app = await startTestApplication(database.url, {
      eventSourcing: { privacy: { masterKeys: 'kept-in-database' } },
      imports: [
        EventSourcingModule.forFeature({ events: [ParcelSent] }),
        JetStreamModule.forRoot({
          servers: cluster.url,
          intake: { stream: ViewingStream.NAME, prefix: PREFIX, map: parcelOf, ...intake },
        }),
      ],
    });
  }
  const report = () => app.get(Intake, { strict: false }).report;
  const messagesIn = async (name: string) => (await stream.broker.streams.streams.info(name)).state.messages;

  it('is not rejected again and again by an intake that takes in what it rejects', async () => {
    await stream.publish('shop.parcels', 'no json');
    await start({ prefix: 'shop' });
    await eventually(() =>
      expect(report().waitingFor).toMatch('the stream "VIEWING" has the subject "shop.rejected"'),
    );
    expect([report().state, await messagesIn('VIEWING')]).toEqual(['waiting', 1]);
  });

  it('is not rejected again and again by way of a stream that copies the rejected ones', async () => {
    const { streams } = stream.broker.streams;
    await streams.add({ name: 'REJECTED', subjects: [`${PREFIX}.rejected`] });
    await streams.add({ name: 'ALL', sources: [{ name: 'VIEWING' }, { name: 'REJECTED' }] });
    await stream.publish('shop.parcels', 'no json');
    await start({ stream: 'ALL' });
    await eventually(() => expect(report().waitingFor).toMatch(`has the subject "${PREFIX}.rejected"`));
    expect(await messagesIn('REJECTED')).toBe(0);
  });

  it('is about an erased person: its reason is kept, and neither its body nor its headers', async () => {
    await start();
    const userId = randomUUID();
    await stream.publish('shop.parcels', { userId, name: 'Ann' });
    await stream.settled();
    await app.get(ErasureService, { strict: false }).request(userId);
    const sequence = await stream.publish('shop.parcels', { userId, name: 'Ann' }, { 'x-name': 'Ann' });
    await stream.settled();
    const [kept] = await stream.rejected(PREFIX);
    expect(kept).toMatchObject({
      reason: expect.stringContaining('is erased'),
      subject: 'shop.parcels',
      stream: 'VIEWING',
      streamSequence: sequence,
      body: '',
      noBody: 'it is about an erased person',
    });
    expect(kept!.headers).toEqual({});
    const rejected = (await RejectedMessages.open(stream.broker, PREFIX))!;
    await expect(rejected.resend(kept!.sequence)).rejects.toThrow(
      `The rejected message 1 has no body: it is about an erased person. It was message ${sequence} of VIEWING.`,
    );
  });

  it.each([
    ['a body', 'x'.repeat(MAX_PAYLOAD - 100), { 'X-Sender': 'tv' }, { 'X-Sender': ['tv'] }],
    ['headers', 'no json', { 'X-Large': 'y'.repeat(2 ** 16 - 100) }, {}],
  ])(
    'has too large %s for the headers of a rejection: it is kept without',
    async (_what, body, headers, kept) => {
      await start();
      const sequence = await stream.publish('shop.parcels', body, headers);
      await stream.publish('shop.parcels', { userId: randomUUID(), name: 'Bea' });
      await stream.settled();
      const [rejected] = await stream.rejected(PREFIX);
      expect(rejected).toMatchObject({ reason: expect.stringContaining('JSON'), streamSequence: sequence });
      expect([rejected!.headers, rejected!.body]).toEqual([kept, '']);
      expect(report()).toMatchObject({ state: 'running', messages: { appended: 1, rejected: 1 } });
    },
  );

  it('has another body than a smaller stream of rejected messages takes', async () => {
    await stream.broker.streams.streams.add({
      name: 'SMALL',
      subjects: [`${PREFIX}.rejected`],
      max_msg_size: 1_000,
    });
    await start();
    await stream.publish('shop.parcels', 'x'.repeat(1_000));
    await stream.settled();
    expect(await stream.rejected(PREFIX)).toMatchObject([{ body: '', noBody: 'it is too large to be kept' }]);
  });

  it('is sent again to the stream that a mirror copies', async () => {
    await stream.broker.streams.streams.add({ name: 'COPY', mirror: { name: 'VIEWING' } });
    await start({ stream: 'COPY' });
    await stream.publish('shop.parcels', 'no json');
    await eventually(async () => expect(await stream.rejected(PREFIX)).toHaveLength(1));
    const rejected = (await RejectedMessages.open(stream.broker, PREFIX))!;
    const mended = Buffer.from(JSON.stringify({ userId: randomUUID(), name: 'Cleo' }));
    expect(await rejected.resend(1, mended)).toMatchObject({ stream: 'VIEWING', streamSequence: 2 });
    await eventually(() => expect(report().messages).toMatchObject({ appended: 1, rejected: 1 }));
  });
});
