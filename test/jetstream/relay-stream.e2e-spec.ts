import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RelayMonitor } from '../../src/event-sourcing/for-service.js';
import { EventSourcingModule, EventStore } from '../../src/event-sourcing/index.js';
import { JetStreamModule, type RelayOptions } from '../../src/jetstream/index.js';
import { dataSourceOptions } from '../../src/service/database/data-source-options.js';
import { eventually } from '../support/eventually.js';
import { appendEvents } from '../support/jetstream/relayed-service.js';
import { RelayedStream } from '../support/jetstream/relayed-stream.js';
import { PATIENCE_MS } from '../support/patience.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('the options of JetStreamModule', () => {
  it.each([
    [{ servers: 'localhost' }, /servers is 'localhost': it must be one or more URLs/],
    [
      { servers: 'nats://a', relay: { partitions: 0 } },
      /relay: partitions is 0: it must be a whole number from 1 to 100/,
    ],
    [{ servers: 'nats://a', relay: { stream: 'a.b' } }, /relay: stream is 'a.b'/],
    [{ servers: 'nats://a', relay: { prefix: 'a.>' } }, /relay: prefix is 'a.>'/],
    [{ servers: 'nats://a', relay: { firstPosition: 0 } }, /relay: firstPosition is 0/],
    [{ servers: 'nats://a', realy: {} }, /realy is no option/],
  ])('are checked at once: %j', (options, sentence) => {
    expect(() => JetStreamModule.forRoot(options)).toThrow(sentence);
  });
});

(hasBroker() ? describe : describe.skip)('the stream of a relay in a host', () => {
  let cluster: BrokerCluster;
  let database: TestDatabase;
  let app: INestApplicationContext | undefined;
  let stream: RelayedStream;

  beforeAll(async () => {
    cluster = await BrokerCluster.start(1);
    stream = await RelayedStream.open(cluster.url, 'HOST');
  });
  afterAll(async () => {
    await stream.close();
    await cluster.remove();
  });
  beforeEach(async () => {
    Logger.overrideLogger(false);
    database = await createTestDatabase();
  });
  afterEach(async () => {
    await app?.close();
    await stream.broker.streams.streams.delete('HOST').catch(() => undefined);
    await database.drop();
  });

  /** A host without projections, whose only background work is the relay. */
  async function startHost(relay: RelayOptions = {}): Promise<INestApplicationContext> {
    class HostModule {}
    const imports = [
      TypeOrmModule.forRoot({ ...dataSourceOptions(database.url, 'eventfold', 5), retryAttempts: 0 }),
      CqrsModule.forRoot(),
      EventSourcingModule.forRoot(),
      JetStreamModule.forRoot({ servers: [cluster.url], relay: { stream: 'HOST', ...relay } }),
    ];
    app = await NestFactory.createApplicationContext({ module: HostModule, imports }, { logger: false });
    return app;
  }

  const relayBecomes = (status: object) =>
    eventually(
      async () => expect(await app!.get(RelayMonitor, { strict: false }).status()).toMatchObject(status),
      PATIENCE_MS,
    );

  it('gets the events of a host that has no projections', async () => {
    const host = await startHost({ prefix: 'shop.log', partitions: 2 });
    await relayBecomes({ state: 'running', position: 0 });
    await appendEvents({ app: host }, 10);
    await relayBecomes({ state: 'running', position: 10 });
    const subjects = (await stream.messages()).map(({ subject }) => subject);
    for (const subject of subjects) expect(subject).toMatch(/^shop\.log\.0[01]\./);
  });

  it('is bounded by bytes, not only by their number', async () => {
    const host = await startHost({ windowBytes: 1_000, windowEvents: 4 });
    const data = { text: 'x'.repeat(5_000) };
    for (let n = 0; n < 10; n++) {
      await host.get(EventStore).appendToStream(`large-${n}`, 'any', [{ type: 'large', data }]);
    }
    await relayBecomes({ state: 'running', position: 10 });
    expect((await stream.messages()).map(({ sequence }) => sequence)).toHaveLength(10);
  });

  it('is not used when it has other settings, which are named, until they are mended', async () => {
    const subjects = ['eventfold.>'];
    await stream.broker.streams.streams.add({ name: 'HOST', subjects, deny_purge: true });
    const host = await startHost({ partitions: 1 });
    await appendEvents({ app: host }, 5);
    await relayBecomes({
      state: 'waiting',
      position: null,
      reason: expect.stringMatching(/other settings: subjects is /),
    });
    const { reason } = app!.get(RelayMonitor, { strict: false }).report!;
    expect(reason).toContain('subjects is ["eventfold.>"], and must be ["eventfold.00.>"]');
    expect(reason).toContain('deny_delete is false, and must be true');
    expect(reason).not.toContain('deny_purge');
    expect(await stream.lastSequence()).toBe(0);
    await stream.broker.streams.streams.delete('HOST');
    await relayBecomes({ state: 'running', position: 5 });
  });

  it('is not used with another number of partitions than it was made with', async () => {
    await startHost({ partitions: 4 });
    await relayBecomes({ state: 'running' });
    await app!.close();
    await startHost({ partitions: 8 });
    await relayBecomes({
      state: 'waiting',
      reason: expect.stringContaining(
        '["eventfold.00.>","eventfold.01.>","eventfold.02.>","eventfold.03.>"]',
      ),
    });
  });

  it('begins in the middle of the log only where said so, and keeps the offset', async () => {
    const host = await startHost({ firstPosition: 8 });
    await appendEvents({ app: host }, 20);
    await relayBecomes({ state: 'running', position: 20, lagSeconds: 0 });
    expect(await stream.lastSequence()).toBe(13);
    expect((await stream.message(1)).body).toMatchObject({ position: 8 });
    const { config } = await stream.broker.streams.streams.info('HOST');
    expect(config.description).toContain('"offset":7');
    await app!.close();
    await startHost();
    await relayBecomes({ state: 'waiting', reason: expect.stringContaining('offset\\":7}", and must be') });
  });

  it('waits for the log when it is to begin behind its end, and is not made before', async () => {
    const host = await startHost({ firstPosition: 8 });
    await relayBecomes({
      state: 'waiting',
      position: null,
      reason: 'The stream is to begin at position 8 (firstPosition), and the log ends at 0.',
    });
    await expect(stream.lastSequence()).rejects.toThrow('stream not found');
    await appendEvents({ app: host }, 20);
    await relayBecomes({ state: 'running', position: 20 });
  });

  it.each([
    ['max_msgs_per_subject', 5],
    ['no_ack', true],
    ['max_msg_size', 900],
  ])(
    'is left alone from the next comparison on when somebody sets %s, until it is mended',
    async (name, value) => {
      const host = await startHost({ comparisonIntervalMs: 100 });
      await appendEvents({ app: host }, 1);
      await relayBecomes({ state: 'running', position: 1 });
      const before = (await stream.broker.streams.streams.info('HOST')).config;
      await stream.broker.streams.streams.update('HOST', { [name]: value });
      const data = { text: 'x'.repeat(1_000) };
      await eventually(async () => {
        await host.get(EventStore).appendToStream('large', 'any', [{ type: 'large', data }]);
        expect(app!.get(RelayMonitor, { strict: false }).report).toMatchObject({
          state: 'waiting',
          reason: expect.stringContaining(name),
        });
      }, PATIENCE_MS);
      const { [name as 'no_ack']: mended } = before;
      await stream.broker.streams.streams.update('HOST', { [name]: mended ?? false });
      const position = await host.get(EventStore).head();
      await relayBecomes({ state: 'running', position });
      expect(await stream.lastSequence()).toBe(position);
    },
  );

  it('waits at an event that the broker does not take, and names its position and both sizes', async () => {
    const host = await startHost();
    await appendEvents({ app: host }, 5);
    const data = { text: 'x'.repeat(1_100_000) };
    await host.get(EventStore).appendToStream('huge', 'any', [{ type: 'huge', data }]);
    const reason =
      /^The event at position 6 has 11\d{5} bytes as a message, and the broker takes 1048576: raise/;
    await relayBecomes({ state: 'waiting', position: 5, reason: expect.stringMatching(reason) });
    const monitor = app!.get(RelayMonitor, { strict: false });
    const states = new Set<string>();
    let looks = 0;
    await eventually(() => {
      states.add(monitor.report!.state);
      expect(++looks).toBeGreaterThan(300);
    });
    expect([...states]).toEqual(['waiting']);
    expect(await monitor.examine()).toMatchObject({
      state: 'waiting',
      position: 5,
      reason: monitor.report!.reason,
    });
    await app!.close();
    await startHost();
    await relayBecomes({ state: 'waiting', position: 5, reason: expect.stringMatching(reason) });
    expect(await stream.lastSequence()).toBe(5);
  });

  it('is compared with the log from time to time, without a restart or a lost connection', async () => {
    const host = await startHost({ comparisonIntervalMs: 200 });
    await appendEvents({ app: host }, 10);
    await relayBecomes({ state: 'running', position: 10 });
    await database.query('alter table eventfold.events disable trigger user');
    await database.query('delete from eventfold.events where global_position > 6');
    await relayBecomes({ state: 'diverged', divergedAt: 7, position: 10, logPosition: 6 });
  });
});
