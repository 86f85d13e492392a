import { AckPolicy, type ConsumerConfig, DeliverPolicy } from '@nats-io/jetstream';
import { createInbox, type Msg, nanos, type Subscription } from '@nats-io/transport-node';
import type { Broker } from '../broker/broker.js';

/** Messages that one request asks for, and the most of their bytes. */
const BATCH = 1_000;
const BATCH_BYTES = 4 * 2 ** 20;
/** How long the broker may keep a request that it cannot fulfil, in ms. */
const EXPIRES_MS = 30_000;
/** The broker drops a consumer that nothing asked for so long, in ms. */
const INACTIVE_MS = 120_000;

/** Where a flow begins: at a sequence, or at the last message. */
export type FlowStart = { sequence: number } | 'last';

export interface FlowOptions {
  start: FlowStart;
  /** Whether the bodies stay away. */
  headersOnly?: boolean;
  /** Takes a message, in the order of the stream. */
  take: (message: Msg, sequence: number) => void;
  /** Whether another request may be sent: what was taken is in memory. */
  hasRoom: () => boolean;
}

/**
 * The messages of a stream from a sequence on, by an ephemeral consumer without acknowledgements. It asks for one batch
 * after the other, so what is under way is bounded by count and by bytes. (The client's own ordered consumer asks for
 * more as soon as messages arrive, whether or not they were used.)
 *
 * It does not recover: its owner notices what is missing, by the sequences, and opens another.
 */
export class MessageFlow {
  /** Messages that were asked for and have not come. */
  private asked = 0;

  private constructor(
    private readonly broker: Broker,
    private readonly subject: string,
    private readonly inbox: string,
    private readonly options: FlowOptions,
    private readonly subscription: Subscription,
  ) {}

  /** @throws errors of the client */
  static async open(broker: Broker, stream: string, options: FlowOptions): Promise<MessageFlow> {
    const { name } = await broker.streams.consumers.add(stream, consumerOf(options));
    const { connection } = broker;
    const inbox = createInbox();
    const subscription = connection.subscribe(inbox, { callback: (_, message) => flow.hear(message) });
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`;
    const flow = new MessageFlow(broker, subject, inbox, options, subscription);
    flow.ask();
    return flow;
  }

  /** Asks for more when nothing is under way and there is room. */
  ask(): void {
    if (this.asked > 0 || this.subscription.isClosed() || !this.options.hasRoom()) return;
    this.asked = BATCH;
    const maxBytes = Math.max(BATCH_BYTES, 2 * (this.broker.connection.info?.max_payload ?? 0));
    const request = { batch: BATCH, max_bytes: maxBytes, expires: nanos(EXPIRES_MS) };
    this.broker.connection.publish(this.subject, JSON.stringify(request), { reply: this.inbox });
  }

  close(): void {
    this.subscription.unsubscribe();
  }

  /** A message of the stream has its place in the reply subject; any other tells that the request is over. */
  private hear(message: Msg): void {
    const sequence = sequenceOf(message.reply);
    if (sequence === undefined) this.asked = 0;
    else {
      this.asked--;
      this.options.take(message, sequence);
    }
    this.ask();
  }
}

const consumerOf = ({ start, headersOnly = false }: FlowOptions): Partial<ConsumerConfig> => ({
  ...(start === 'last'
    ? { deliver_policy: DeliverPolicy.Last }
    : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: start.sequence }),
  ack_policy: AckPolicy.None,
  headers_only: headersOnly,
  mem_storage: true,
  num_replicas: 1,
  inactive_threshold: nanos(INACTIVE_MS),
});

/** `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>. ...`; a broker with domains has two words more before. */
function sequenceOf(reply = ''): number | undefined {
  const words = reply.split('.');
  if (words[0] !== '$JS' || words[1] !== 'ACK') return undefined;
  return Number(words[words.length === 9 ? 5 : 7]);
}
