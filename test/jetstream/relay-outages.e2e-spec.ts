import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { startTestService, type TestService } from '../support/http/test-service.js';
import { appendEvents, relayBecomes, requireRelayed } from '../support/jetstream/relayed-service.js';
import { RelayedStream } from '../support/jetstream/relayed-stream.js';
import { PATIENCE_MS } from '../support/patience.js';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { scaled } from '../support/scale.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';

const BLOWS = scaled(2, 20);

(hasBroker() ? describe : describe.skip)('a relay whose surroundings fail', () => {
  let cluster: BrokerCluster;
  let service: TestService;
  /** Ends the load, and resolves when all its appends are answered. */
  let endLoad: () => Promise<void>;

  beforeEach(async () => {
    cluster = await BrokerCluster.start();
    endLoad = async () => undefined;
  });
  afterEach(async () => {
    await endLoad();
    await service.stop();
    await cluster.remove();
  });

  /** Appends without a break. */
  function startLoad(): void {
    const over = new AbortController();
    const work = (async () => {
      while (!over.signal.aborted) await appendEvents(service, 50);
    })();
    endLoad = () => {
      over.abort();
      return work;
    };
  }

  async function hasAllNodes(stream: RelayedStream): Promise<void> {
    await eventually(async () => {
      const { cluster: replicas } = await stream.broker.streams.streams.info(stream.name);
      expect(replicas!.replicas!.filter(({ current, offline }) => current && !offline)).toHaveLength(2);
    }, PATIENCE_MS);
  }

  /** Waits until events are stored that the stream does not have yet. */
  async function moves(stream: RelayedStream): Promise<void> {
    let before = 0;
    // A cluster that has lost its leader answers nothing for some seconds.
    await eventually(async () => void (before = await stream.lastSequence()), PATIENCE_MS);
    await eventually(
      async () => expect(await stream.lastSequence()).toBeGreaterThan(before + 100),
      PATIENCE_MS,
    );
  }

  it('loses and repeats nothing when nodes of the broker are killed under load', async () => {
    service = await startTestService({ JETSTREAM_URL: cluster.url, RELAY: 'on' });
    await relayBecomes(service.api, { state: 'running' });
    const stream = await RelayedStream.open(cluster.url);
    startLoad();
    for (let blow = 0; blow < BLOWS; blow++) {
      await moves(stream);
      await cluster.killNode(blow % 3);
      await moves(stream);
      cluster.startNode(blow % 3);
      await hasAllNodes(stream);
    }
    await endLoad();
    await requireRelayed(service.api, stream);
    await stream.close();
  });

  it('loses and repeats nothing when the process of the relay is killed under load', async () => {
    service = await startTestService();
    const environment = { DATABASE_URL: service.database.url, JETSTREAM_URL: cluster.url, RELAY: 'on' };
    let relay: ServiceProcess = await startServiceProcess(environment);
    await relayBecomes(relay.api, { state: 'running' });
    const stream = await RelayedStream.open(cluster.url);
    startLoad();
    for (let blow = 0; blow < BLOWS; blow++) {
      await moves(stream);
      await relay.end('SIGKILL');
      relay = await startServiceProcess(environment);
    }
    await moves(stream);
    await endLoad();
    await requireRelayed(service.api, stream);
    expect(await relay.end('SIGTERM')).toBe(0);
    await stream.close();
  });

  it('waits for a broker that is away, at its start and later, while commands are answered', async () => {
    const nodes = [0, 1, 2];
    await Promise.all(nodes.map((node) => cluster.killNode(node)));
    service = await startTestService({ JETSTREAM_URL: cluster.url, RELAY: 'on' });
    await relayBecomes(service.api, { state: 'waiting', position: null, reason: expect.any(String) });
    await appendEvents(service, 20);
    expect((await service.api.get('/health/ready')).body).toMatchObject({ checks: { relay: 'waiting' } });
    expect(await service.api.get('/health/ready?strict=true')).toMatchObject({ status: 503 });

    for (const node of nodes) cluster.startNode(node);
    await relayBecomes(service.api, { state: 'running' });
    const stream = await RelayedStream.open(cluster.url);
    await requireRelayed(service.api, stream);
    await stream.close();

    await Promise.all(nodes.map((node) => cluster.killNode(node)));
    await relayBecomes(service.api, { state: 'waiting', position: 20 });
    await appendEvents(service, 20);
    for (const node of nodes) cluster.startNode(node);
    await relayBecomes(service.api, { state: 'running', position: 40 });
  });

  it('waits for a database that is away', async () => {
    service = await startTestService({ JETSTREAM_URL: cluster.url, RELAY: 'on' });
    await relayBecomes(service.api, { state: 'running' });
    await service.database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await eventually(() => appendEvents(service, 20), PATIENCE_MS);
    await relayBecomes(service.api, { state: 'running', lagSeconds: 0 });
    const stream = await RelayedStream.open(cluster.url);
    await requireRelayed(service.api, stream);
    await stream.close();
  });
});
