import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventfold } from '../support/cli.js';
import { Api } from '../support/http/api.js';
import { startOn, startTestService, type TestService } from '../support/http/test-service.js';
import { appendEvents, relayBecomes, requireRelayed } from '../support/jetstream/relayed-service.js';
import { RelayedStream } from '../support/jetstream/relayed-stream.js';
import { samplesOf } from '../support/samples.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';

/** Each test has a stream of its own, on one node: its copies do not matter here. */
(hasBroker() ? describe : describe.skip)('a log that has lost events which were relayed', () => {
  let cluster: BrokerCluster;
  let service: TestService;
  let stream: RelayedStream;
  let environment: NodeJS.ProcessEnv;

  beforeEach(async () => {
    cluster = await BrokerCluster.start(1);
    environment = { JETSTREAM_URL: cluster.url, RELAY: 'on' };
    service = await startTestService(environment);
    await appendEvents(service, 30);
    await relayBecomes(service.api, { state: 'running', position: 30 });
    stream = await RelayedStream.open(cluster.url);
  });
  afterEach(async () => {
    await stream.close();
    await service.stop();
    await cluster.remove();
  });

  /** What a failover to a replica that was behind does, or a restored backup. */
  async function rollBackTo(position: number): Promise<void> {
    await service.database.query('alter table eventfold.events disable trigger user');
    await service.database.query(`delete from eventfold.events where global_position > ${position}`);
    await service.database.query('alter table eventfold.events enable trigger user');
  }

  /** Another process of the service, such as the next one after a failover. */
  async function withAnother(work: (api: Api) => Promise<void>): Promise<void> {
    const other = await startOn(service.database.url, environment);
    try {
      await work(new Api(other.url));
    } finally {
      await other.stop();
    }
  }

  it('is found at the start, at the first position that differs', async () => {
    await rollBackTo(17);
    await withAnother(async (api) => {
      await relayBecomes(api, { state: 'diverged', divergedAt: 18, position: 30, logPosition: 17 });
      expect((await api.get('/health/ready')).body).toMatchObject({
        status: 'ok',
        checks: { relay: 'diverged from position 18 on' },
      });
      expect(await api.get('/health/ready?strict=true')).toMatchObject({ status: 503 });
      expect(samplesOf((await api.get('/metrics')).body as string).of('eventfold_relay_diverged')).toBe(1);
    });
  });

  it('gets nothing published over it, also when it hands the positions out again', async () => {
    await rollBackTo(17);
    await appendEvents(service, 40);
    await relayBecomes(service.api, { state: 'diverged', divergedAt: 18, position: 30, logPosition: 57 });
    await withAnother((api) => relayBecomes(api, { state: 'diverged', divergedAt: 18 }));
    expect(await stream.lastSequence()).toBe(30);
  });

  it('is shown by the command line, which ends with exit code 1', async () => {
    await rollBackTo(0);
    const settings = { DATABASE_URL: service.database.url, ...environment };
    const { code, out } = await eventfold(settings, 'relay', 'status', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ state: 'diverged', divergedAt: 1, position: 30, logPosition: 0 });
  });

  it('is relayed anew after an operator has removed the stream', async () => {
    await rollBackTo(17);
    await appendEvents(service, 20);
    await relayBecomes(service.api, { state: 'diverged' });
    await stream.broker.streams.streams.delete('EVENTFOLD');
    await withAnother(async (api) => {
      await relayBecomes(api, { state: 'running', position: 37, divergedAt: null });
      await requireRelayed(api, stream);
    });
  });
});
