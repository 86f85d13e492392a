import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type INestApplication, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type ClientProxy, ClientProxyFactory, type ClientOptions, Transport } from '@nestjs/microservices';
import { randomUUID } from 'node:crypto';
import { firstValueFrom } from 'rxjs';
import { testModule } from '../../src/testing/test-application.js';
import { ViewingMessagesModule } from '../../src/viewing/messages/index.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { freePort } from '../support/servers/free-port.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

interface StoredRow {
  id: string;
  stream: string;
  type: string;
  data: object;
}

const watched = () => ({
  userId: randomUUID(),
  contentId: 'film',
  watchDurationSeconds: 5_400.5,
  completionPercentage: 87.5,
});

let cluster: BrokerCluster | undefined;
afterAll(() => cluster?.remove());

const TRANSPORTS: Record<string, () => Promise<ClientOptions>> = {
  TCP: async () => ({ transport: Transport.TCP, options: { host: '127.0.0.1', port: await freePort() } }),
  NATS: async () => {
    cluster = await BrokerCluster.start(1);
    return { transport: Transport.NATS, options: { servers: [cluster.url] } };
  },
};
const transports = Object.keys(TRANSPORTS).filter((name) => name !== 'NATS' || hasBroker());

describe.each(transports)('events about contents by the transport %s of Nest', (name) => {
  let database: TestDatabase;
  let app: INestApplication;
  let sender: ClientProxy;

  beforeAll(async () => {
    database = await createTestDatabase();
    const options = await TRANSPORTS[name]!();
    const module = testModule(database.url, {
      imports: [ViewingMessagesModule.forRoot()],
      eventSourcing: { schema: 'eventfold' },
    });
    app = await NestFactory.create(module, { logger: false });
    app.connectMicroservice(options);
    await app.startAllMicroservices();
    sender = ClientProxyFactory.create(options);
    await sender.connect();
  });
  afterEach(() => void jest.restoreAllMocks());
  afterAll(async () => {
    await sender.close();
    await app.close();
    await database.drop();
  });

  const stored = () =>
    database.query<StoredRow>(
      `select event_id as id, stream_id as stream, event_type as type, event_data as data
         from eventfold.events order by global_position`,
    );

  it.each([
    ['content.catalogued', { contentId: 'film', title: 'The Godfather', genre: 'crime' }],
    ['content.watched', watched()],
    ['content.rated', { userId: randomUUID(), contentId: 'film', rating: 4 }],
  ])('are taken into the log as they were emitted, once: %s', async (type, body) => {
    const eventId = randomUUID();
    for (let times = 0; times < 2; times++)
      await firstValueFrom(sender.emit(type, { ...body, eventId }), NONE);
    const repeat = await firstValueFrom(sender.send(type, { ...body, eventId }));
    expect(repeat).toMatchObject({ eventId, repeated: true, position: expect.any(Number) });
    expect((await stored()).filter(({ id }) => id === eventId)).toEqual([
      { id: eventId, stream: 'content-film', type, data: body },
    ]);
  });

  it('get the place of their event, when the sender waits for an answer', async () => {
    const answer = await firstValueFrom(sender.send('content.watched', watched()));
    const last = (await stored()).at(-1)!;
    expect(answer).toMatchObject({ eventId: last.id, repeated: false });
  });

  it('get the errors of the HTTP routes, when they are invalid', async () => {
    const before = (await stored()).length;
    const answer = firstValueFrom(sender.send('content.rated', { ...watched(), rating: 6 }));
    await expect(answer).rejects.toMatchObject({
      code: 'invalid-request',
      errors: expect.arrayContaining([
        { path: 'watchDurationSeconds', message: 'property watchDurationSeconds should not exist' },
      ]),
    });
    expect(await stored()).toHaveLength(before);
  });

  it('are logged, when they are invalid and the sender waits for nothing', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await firstValueFrom(sender.emit('content.rated', { rating: 6 }), NONE);
    await eventually(() =>
      expect(warn).toHaveBeenCalledWith(expect.stringMatching(/^A message content.rated was refused: /)),
    );
  });
});

/** An emitted event has no answer. */
const NONE = { defaultValue: undefined };
