/**
 * One request for messages: at most so many, and at most so many bytes. The client's own `consume` takes one of the two
 * limits. Messages that wait in its buffer count nowhere, and nothing tells the broker that they are in work.
 */
import type { ConsumerConfig } from '@nats-io/jetstream';
import { createInbox, deferred, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { DeliveredMessage, type Delivery } from './delivered-message.js';
import type { Room } from './held-messages.js';

const NANOS_PER_MS = 1_000_000;
const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 5_000;
/** Heartbeats without a word of the broker. Then it may have lost the request. */
const MISSED_HEARTBEATS = 4;

/** The body of a request, as the broker reads it. Times are in ns. */
export interface PullRequest {
  batch: number;
  max_bytes?: number;
  expires: number;
  idle_heartbeat: number;
}

/**
 * The end of a request that has not failed:
 *
 * - `over`: all has come, or its time is over
 * - `too-large`: the next message is larger than the bytes that are left
 * - `lost`: the broker may have forgotten it
 */
export type PullEnd = 'over' | 'too-large' | 'lost';

/** The most that there is room for, within the limits of the consumer. Without `room`: one message of any size. */
export function requestOf(
  { max_batch = 0, max_bytes = 0, max_expires = 0 }: Partial<ConsumerConfig>,
  room?: Room,
): PullRequest {
  const within = (limit: number, wanted: number) => (limit > 0 ? Math.min(limit, wanted) : wanted);
  const expires = within(max_expires, EXPIRES_MS * NANOS_PER_MS);
  return {
    batch: room ? within(max_batch, room.messages) : 1,
    ...(room && { max_bytes: within(max_bytes, room.bytes) }),
    expires,
    idle_heartbeat: Math.min(HEARTBEAT_MS * NANOS_PER_MS, Math.floor(expires / 2)),
  };
}

export class Pull {
  /** @throws Error in words when the broker refuses the request */
  readonly ended: Promise<PullEnd>;
  /** Messages that have come. */
  count = 0;
  private readonly end = deferred<PullEnd>();
  private readonly inbox = createInbox();

  /**
   * @param subject that of the requests of a consumer
   * @param isCutOff whether there is no connection at the moment: the broker cannot be heard then
   */
  constructor(
    private readonly connection: NatsConnection,
    subject: string,
    private readonly request: PullRequest,
    private readonly take: (message: Delivery) => void,
    isCutOff: () => boolean,
  ) {
    const silenceMs = (MISSED_HEARTBEATS * request.idle_heartbeat) / NANOS_PER_MS;
    const silence = setInterval(() => isCutOff() || this.stop('lost'), Math.max(silenceMs, 1_000));
    const subscription = connection.subscribe(this.inbox, {
      callback: (error, message) => {
        silence.refresh();
        if (error) this.fail(error);
        else this.receive(message);
      },
    });
    connection.publish(subject, JSON.stringify(request), { reply: this.inbox });
    this.ended = this.end.finally(() => {
      clearInterval(silence);
      subscription.unsubscribe();
    });
  }

  /** Can be called again. What is on the wire comes again when the time of the consumer is over. */
  stop(end: PullEnd = 'over'): void {
    this.end.resolve(end);
  }

  fail(error: Error): void {
    this.end.reject(error);
  }

  private receive(message: Msg): void {
    const code = message.headers?.code ?? 0;
    if (code !== 0 && message.subject === this.inbox) return this.hear(code, message.headers!.description);
    this.take(new DeliveredMessage(this.connection, message));
    if (++this.count === this.request.batch) this.stop();
  }

  /** A word about the request. The broker has a text for each, and one number for many. */
  private hear(code: number, text: string): void {
    if (code === 100) return; // a heartbeat
    if (code === 404 || code === 408) return this.stop();
    if (code === 409 && /exceeds maxbytes/i.test(text)) return this.stop('too-large');
    if (code === 409 && /leadership change|server shutdown|interest expired/i.test(text))
      return this.stop('lost');
    this.fail(new Error(`the broker refuses the request for messages: ${text || code}`));
  }
}
