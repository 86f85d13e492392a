import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Broker } from '../../src/jetstream/broker/broker.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { eventually } from '../support/eventually.js';

(hasBroker() ? describe : describe.skip)('the connection to a cluster of three', () => {
  let cluster: BrokerCluster;
  let broker: Broker;

  beforeAll(async () => {
    cluster = await BrokerCluster.start();
    broker = await Broker.connect({ servers: cluster.url }, 'test');
    await broker.streams.streams.add({ name: 'SAMPLE', subjects: ['sample.>'], num_replicas: 3 });
  });
  afterAll(async () => {
    await broker.close();
    await cluster.remove();
  });

  it.each([0, 1, 2])('outlives the end of node %d', async (node) => {
    const before = (await broker.client.publish('sample.before')).seq;
    await cluster.killNode(node);
    await eventually(async () => {
      expect((await broker.client.publish('sample.after')).seq).toBeGreaterThan(before);
    });
    cluster.startNode(node);
    // The next node ends only when this one has all messages again: JetStream needs two of them.
    await eventually(async () => {
      const { cluster: replicas } = await broker.streams.streams.info('SAMPLE');
      expect(replicas!.replicas!.filter(({ current }) => current)).toHaveLength(2);
    });
  });
});
