import type { DeliveryInfo, JsMsg } from '@nats-io/jetstream';
import type { Msg, NatsConnection } from '@nats-io/transport-node';

/** How long the broker may take to confirm an acknowledgement, in ms. */
const CONFIRM_WITHIN_MS = 10_000;
const NANOS_PER_MS = 1_000_000;
const ACKNOWLEDGED = Buffer.from('+ACK');

/** A message of a consumer, as the intake uses it. */
export interface Delivery extends Pick<
  JsMsg,
  'subject' | 'data' | 'headers' | 'time' | 'timestampNanos' | 'ack' | 'nak' | 'term' | 'working' | 'ackAck'
> {
  info: Pick<DeliveryInfo, 'stream' | 'streamSequence' | 'pending'>;
}

/** A message that `pull` has asked for. The client makes such an object for its own pulls alone. */
export class DeliveredMessage implements Delivery {
  readonly info: Delivery['info'];
  private readonly nanos: string;
  private isSettled = false;

  constructor(
    private readonly connection: NatsConnection,
    private readonly message: Msg,
  ) {
    // `$JS.ACK.` and perhaps a domain and an account. Then: stream, consumer, deliveries, sequence in the stream,
    // sequence of the consumer, time, pending. And perhaps more.
    const words = message.reply!.split('.');
    const [stream, , , sequence, , nanos, pending] = words.slice(words.length === 9 ? 2 : 4);
    this.info = { stream: stream!, streamSequence: Number(sequence), pending: Number(pending) };
    this.nanos = nanos!;
  }

  get timestampNanos(): bigint {
    return BigInt(this.nanos);
  }

  get subject() {
    return this.message.subject;
  }

  get data() {
    return this.message.data;
  }

  get headers() {
    return this.message.headers;
  }

  get time(): Date {
    return new Date(Number(this.timestampNanos / BigInt(NANOS_PER_MS)));
  }

  ack(): void {
    this.settle(ACKNOWLEDGED);
  }

  nak(delayMs?: number): void {
    this.settle(delayMs ? `-NAK ${JSON.stringify({ delay: delayMs * NANOS_PER_MS })}` : '-NAK');
  }

  term(): void {
    this.settle('+TERM');
  }

  working(): void {
    if (!this.isSettled) this.message.respond('+WPI');
  }

  async ackAck(): Promise<boolean> {
    this.isSettled = true;
    await this.connection.request(this.message.reply!, '+ACK', { timeout: CONFIRM_WITHIN_MS });
    return true;
  }

  /** The first word is the last: what is said of a settled message changes nothing. */
  private settle(word: string | Uint8Array): void {
    if (!this.isSettled) this.message.respond(word);
    this.isSettled = true;
  }
}
