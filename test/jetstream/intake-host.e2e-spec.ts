import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DomainEvent, EventSourcingModule, EventStore } from '../../src/event-sourcing/index.js';
import { type IncomingMessage, JetStreamModule } from '../../src/jetstream/index.js';
import { createTestDatabase as createDatabase, startTestApplication } from '../../src/testing/index.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import type { TestDatabase } from '../support/test-database.js';
import { ViewingStream } from '../support/servers/viewing-stream.js';

class ParcelSent extends DomainEvent<'parcel.sent', { parcel: string; weight: number }> {
  static readonly type = 'parcel.sent';
  readonly type = ParcelSent.type;
}

function parcelOf(message: IncomingMessage) {
  const { parcel, weight } = message.json() as { parcel: string; weight: number };
  if (weight <= 0) throw new Error(`a parcel of ${weight} kg\nis none`);
  return { streamId: `parcel-${parcel}`, event: new ParcelSent({ parcel, weight }) };
}

(hasBroker() ? describe : describe.skip)("a host's own events", () => {
  let cluster: BrokerCluster;
  let stream: ViewingStream;
  let database: TestDatabase;
  let app: INestApplicationContext;

  beforeAll(async () => {
    cluster = await BrokerCluster.start(1);
    stream = await ViewingStream.on(cluster);
    database = await createDatabase();
    app = await startTestApplication(database.url, {
      imports: [
        EventSourcingModule.forFeature({ events: [ParcelSent] }),
        JetStreamModule.forRoot({
          servers: cluster.url,
          intake: { stream: ViewingStream.NAME, prefix: 'depot.in', map: parcelOf },
        }),
      ],
    });
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
    await stream.close();
    await cluster.remove();
  });

  const stored = (parcel: string) => app.get(EventStore, { strict: false }).readStream(`parcel-${parcel}`);

  it('are made of messages by its map, and have the ids of the messages', async () => {
    const id = randomUUID();
    await stream.publish('shop.parcels', { parcel: '1', weight: 2 }, { 'Nats-Msg-Id': id });
    await stream.settled();
    expect(await stored('1')).toMatchObject([
      { eventId: id, type: 'parcel.sent', data: { parcel: '1', weight: 2 } },
    ]);
  });

  it('are rejected with the reason of the map, in one line, under the prefix of the host', async () => {
    await stream.publish('shop.parcels', { parcel: '2', weight: 0 });
    await stream.publish('shop.parcels', 'no JSON');
    await stream.settled();
    const rejected = await stream.rejected('depot.in');
    expect(rejected.map(({ reason }) => reason)).toEqual([
      'a parcel of 0 kg is none',
      expect.stringMatching(/^Unexpected token/),
    ]);
  });

  it('are rejected when PostgreSQL cannot store them, and their neighbours are taken', async () => {
    const parcels = ['3', '4\0', '5'];
    await Promise.all(parcels.map((parcel) => stream.publish('shop.parcels', { parcel, weight: 1 })));
    await stream.settled();
    expect((await stream.rejected('depot.in')).at(-1)!.reason).toMatch(/U\+0000|\\u0000/);
    expect([await stored('3'), await stored('5')].map(({ length }) => length)).toEqual([1, 1]);
  });
});

describe('the options of an intake', () => {
  const faultOf = (intake: object) => {
    try {
      JetStreamModule.forRoot({ servers: 'nats://a:4222', intake: intake as never });
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each([
    [{ map: parcelOf }, 'stream is undefined: it must be a text of 1 to 64 letters'],
    [{ stream: 'a b', map: parcelOf }, "stream is 'a b': it must be a text of 1 to 64 letters"],
    [{ stream: 'SHOP' }, 'map is undefined: it must be a function that makes an event of a message'],
    [{ stream: 'SHOP', map: async () => undefined }, 'and no async one'],
    [{ stream: 'SHOP', map: parcelOf, durable: '' }, "durable is '': it must be a text"],
    [{ stream: 'SHOP', map: parcelOf, prefix: 'a.*' }, "prefix is 'a.*': it must be one to eight words"],
    [{ stream: 'SHOP', map: parcelOf, maxMessages: 0 }, 'maxMessages is 0: it must be a whole number from 1'],
    [{ stream: 'SHOP', map: parcelOf, maxBytes: 0.5 }, 'maxBytes is 0.5: it must be a whole number from 1'],
    [{ stream: 'SHOP', map: parcelOf, batch: 1 }, 'batch is no option'],
  ])('are checked at the start, with a sentence for each: %j', (intake, sentence) => {
    expect(faultOf(intake)).toMatch(/^JetStreamModule\.forRoot, intake: [^\n]*$/);
    expect(faultOf(intake)).toContain(sentence);
  });

  it('are fine without those that have defaults', () => {
    expect(faultOf({ stream: 'SHOP', map: parcelOf })).toBeUndefined();
  });
});
