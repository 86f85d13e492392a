import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { trace, TraceFlags, context } from '@opentelemetry/api';
import { EventStore } from '../../src/event-sourcing/index.js';
import { partitionOf } from '../../src/jetstream/message/subject.js';
import { eventfold } from '../support/cli.js';
import { startOn, startTestService, type TestService } from '../support/http/test-service.js';
import { Api } from '../support/http/api.js';
import {
  appendEvents,
  eventsOf,
  relayBecomes,
  requireRelayed,
} from '../support/jetstream/relayed-service.js';
import { RelayedStream } from '../support/jetstream/relayed-stream.js';
import { samplesOf } from '../support/samples.js';
import { scaled } from '../support/scale.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';

const EVENTS = scaled(2_000, 50_000);

(hasBroker() ? describe : describe.skip)('the relay', () => {
  let cluster: BrokerCluster;
  let service: TestService;
  let stream: RelayedStream;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    cluster = await BrokerCluster.start();
    environment = { JETSTREAM_URL: cluster.url, RELAY: 'on' };
    service = await startTestService(environment);
    await relayBecomes(service.api, { state: 'running' });
    stream = await RelayedStream.open(cluster.url);
  });
  afterAll(async () => {
    await stream.close();
    await service.stop();
    await cluster.remove();
  });

  it('publishes each event under load at the sequence that is its position, as the API shows it', async () => {
    await appendEvents(service, EVENTS);
    await requireRelayed(service.api, stream);
  });

  it('gives each message the subject and the headers of its event', async () => {
    const events = await eventsOf(service.api);
    for (const event of [events[0]!, events.find(({ type }) => type === 'content.watched')!]) {
      const { subject, headers } = await stream.message(event.position);
      const partition = String(partitionOf(event.streamId, 16)).padStart(2, '0');
      expect(subject).toBe(`eventfold.${partition}.${event.type.replaceAll(' ', '%20')}`);
      expect(headers).toMatchObject({
        'ce-id': event.eventId,
        'ce-type': event.type.replaceAll(' ', '%20'),
        'ce-source': '/eventfold',
        'ce-time': event.timestamp,
        'ce-subject': event.streamId,
        'Nats-Msg-Id': event.eventId,
      });
    }
  });

  it('keeps the stream on three nodes and on their disks, and lets nobody delete from it', async () => {
    const { config } = await stream.broker.streams.streams.info('EVENTFOLD');
    expect(config).toMatchObject({ num_replicas: 3, storage: 'file', deny_delete: true, deny_purge: true });
    expect(config.subjects).toHaveLength(16);
    await expect(stream.broker.streams.streams.purge('EVENTFOLD')).rejects.toThrow();
  });

  it('publishes each event once when there are two, and goes on when one of them stops', async () => {
    const other = await startOn(service.database.url, environment);
    await relayBecomes(new Api(other.url), { state: 'running' });
    await Promise.all([appendEvents(service, EVENTS / 2), appendEvents(other, EVENTS / 2)]);
    await requireRelayed(service.api, stream);
    const rest = appendEvents(service, EVENTS / 4);
    await other.stop();
    await rest;
    await requireRelayed(service.api, stream);
  });

  it('tells operators how far it is: route, health, metrics and command line', async () => {
    const head = await service.app.get(EventStore).head();
    const caughtUp = { position: head, logPosition: head, lagSeconds: 0, divergedAt: null, reason: null };
    await relayBecomes(service.api, { state: 'running', ...caughtUp });
    expect((await service.api.get('/health/ready')).body).toMatchObject({ checks: { relay: 'ok' } });
    const metrics = samplesOf((await service.api.get('/metrics')).body as string);
    expect(metrics.of('eventfold_relay_position')).toBe(head);
    expect(metrics.of('eventfold_relay_running')).toBe(1);
    expect(metrics.of('eventfold_relay_diverged')).toBe(0);
    const settings = { DATABASE_URL: service.database.url, ...environment };
    const { code, out } = await eventfold(settings, 'relay', 'status', '--json');
    expect({ code, status: JSON.parse(out) as unknown }).toEqual({
      code: 0,
      status: { state: 'running', ...caughtUp },
    });
    const shown = await eventfold(settings, 'relay', 'status');
    expect(shown.out).toMatch(/running/);
  });

  it('is off in a process that does not fold, and where nobody asked for it', async () => {
    for (const change of [{ PROJECTIONS: 'off' }, { RELAY: 'off' }, { RELAY: 'off', JETSTREAM_URL: '' }]) {
      const other = await startOn(service.database.url, { ...environment, ...change });
      const api = new Api(other.url);
      expect((await api.get('/relay')).body).toMatchObject({
        state: 'off',
        position: null,
        lagSeconds: null,
      });
      expect((await api.get('/health/ready')).body.checks).not.toHaveProperty('relay');
      expect(samplesOf((await api.get('/metrics')).body as string).of('eventfold_relay_position')).toBe(0);
      await other.stop();
    }
  });

  it('carries the span of an append to consumers', async () => {
    const span = {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: TraceFlags.SAMPLED,
    };
    const store = service.app.get(EventStore);
    const { position } = await context.with(trace.setSpanContext(context.active(), span), () =>
      store.appendToStream('content-traced', 'any', [{ type: 'a', data: {} }]),
    );
    await requireRelayed(service.api, stream);
    const { traceparent } = (await stream.message(position)).headers;
    const event = (await eventsOf(service.api)).at(-1) as unknown as { metadata: { traceparent?: string } };
    expect(traceparent).toBe(event.metadata.traceparent);
  });
});
