import { AckPolicy, type ConsumerConfig, type ConsumerInfo } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { Broker } from '../../../src/jetstream/broker/broker.js';
import { type RejectedMessage, RejectedMessages } from '../../../src/jetstream/intake/rejected-messages.js';
import { eventually } from '../eventually.js';
import { PATIENCE_MS } from '../patience.js';
import type { BrokerCluster } from './broker-cluster.js';

const NANOS_PER_MS = 1_000_000;

/** The stream of another service, to which tests publish. */
export class ViewingStream {
  static readonly NAME = 'VIEWING';
  static readonly DURABLE = 'eventfold';

  private constructor(
    private readonly cluster: BrokerCluster,
    readonly broker: Broker,
  ) {}

  static async on(cluster: BrokerCluster): Promise<ViewingStream> {
    const broker = await Broker.connect({ servers: cluster.url }, 'other service');
    const { streams } = broker.streams;
    const settings = { name: ViewingStream.NAME, subjects: ['shop.>'], num_replicas: cluster.size };
    // A node of a new cluster may still be unknown.
    await eventually(() => streams.add(settings).then(() => undefined), PATIENCE_MS);
    return new ViewingStream(cluster, broker);
  }

  /** The settings of a service that takes from this stream. */
  get settings(): NodeJS.ProcessEnv {
    return { JETSTREAM_URL: this.cluster.url, INTAKE_STREAM: ViewingStream.NAME };
  }

  /** @returns the place of the message in the stream */
  async publish(subject: string, body: unknown, extra: Record<string, string> = {}): Promise<number> {
    const all = headers();
    for (const [name, value] of Object.entries(extra)) all.set(name, value);
    const data = typeof body === 'string' ? body : JSON.stringify(body);
    return (await this.broker.client.publish(subject, data, { headers: all })).seq;
  }

  /** Makes the consumer as an operator might: it gives up on a process after a shorter time. */
  async addConsumer(ackWaitMs: number, other: Partial<ConsumerConfig> = {}): Promise<void> {
    await this.broker.streams.consumers.add(ViewingStream.NAME, {
      durable_name: ViewingStream.DURABLE,
      ack_policy: AckPolicy.Explicit,
      ack_wait: ackWaitMs * NANOS_PER_MS,
      max_ack_pending: 10_000,
      ...other,
    });
  }

  consumer(): Promise<ConsumerInfo> {
    return this.broker.streams.consumers.info(ViewingStream.NAME, ViewingStream.DURABLE);
  }

  /** Resolves when every message is acknowledged or terminated. */
  async settled(): Promise<void> {
    await eventually(async () => {
      const { num_pending, num_ack_pending } = await this.consumer();
      if (num_pending + num_ack_pending > 0) {
        throw new Error(`${num_pending} messages wait, and ${num_ack_pending} are in work`);
      }
    }, PATIENCE_MS);
  }

  async rejected(prefix = 'eventfold'): Promise<RejectedMessage[]> {
    const rejected = await RejectedMessages.open(this.broker, prefix);
    return rejected === undefined ? [] : collected(rejected.list());
  }

  async close(): Promise<void> {
    await this.broker.close();
  }
}

async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
