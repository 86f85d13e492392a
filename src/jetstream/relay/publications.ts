/**
 * Publications to a stream, whose acknowledgements come to subjects of one subscription. The client's own `publish`
 * makes a request of each, with promises, a timer and an error: that took half of the processor's time.
 */
import { type ApiError, JetStreamApiCodes, JetStreamApiError, type PubAck } from '@nats-io/jetstream';
import {
  createInbox,
  type Msg,
  type NatsConnection,
  PermissionViolationError,
} from '@nats-io/transport-node';
import { OvertakenError, type PlacedMessage } from './placed-message.js';

/** How long an acknowledgement may take, in ms. */
const ACKNOWLEDGED_WITHIN_MS = 5_000;
const LOOK_MS = 500;
/** The broker's code for a stream that does not end right before a message. */
const WRONG_SEQUENCE: number = JetStreamApiCodes.StreamWrongLastSequence;
/** The status of an answer of the broker itself: nobody takes the subject. */
const NO_RESPONDERS = 503;

/** A publication whose fate is not known. */
interface Sent {
  sequence: number;
  /** Of the body. */
  bytes: number;
  sentAt: number;
}

/** Is told the fate of each publication once. */
export type PublicationEnded = (publication: Pick<Sent, 'sequence' | 'bytes'>, error?: Error) => void;

export class Publications {
  private readonly inbox = createInbox();
  /** By the last word of their reply subjects, in the order in which they were sent. */
  private readonly sent = new Map<string, Sent>();
  private count = 0;
  private readonly subscription: { unsubscribe(): void };
  private readonly looking: NodeJS.Timeout;

  constructor(
    private readonly connection: NatsConnection,
    private readonly ended: PublicationEnded,
  ) {
    const callback = (error: Error | null, message: Msg) =>
      error === null ? this.receive(message) : this.endAll(error);
    this.subscription = connection.subscribe(`${this.inbox}.*`, { callback });
    this.looking = setInterval(() => this.look(), LOOK_MS);
    void this.watch();
  }

  /** @throws when the connection is closed; then nothing is sent */
  send({ subject, headers, body, sequence }: PlacedMessage): void {
    const word = String(++this.count);
    this.connection.publish(subject, body, { headers, reply: `${this.inbox}.${word}` });
    this.sent.set(word, { sequence, bytes: body.length, sentAt: performance.now() });
  }

  /** Nobody is told of what is under way. */
  close(): void {
    clearInterval(this.looking);
    this.sent.clear();
    if (!this.connection.isClosed()) this.subscription.unsubscribe();
  }

  private receive(message: Msg): void {
    const word = message.subject.slice(this.inbox.length + 1);
    const publication = this.sent.get(word);
    if (publication === undefined) return; // it has ended before
    this.sent.delete(word);
    this.ended(publication, failureOf(message, publication));
  }

  private look(): void {
    const [oldest] = this.sent.values();
    if (oldest === undefined || performance.now() - oldest.sentAt < ACKNOWLEDGED_WITHIN_MS) return;
    const seconds = ACKNOWLEDGED_WITHIN_MS / 1_000;
    this.endAll(new Error(`the broker has not acknowledged sequence ${oldest.sequence} within ${seconds} s`));
  }

  /** Each publication expects the one before it, so none succeeds behind a lost one. */
  private endAll(error: Error): void {
    const all = [...this.sent.values()];
    this.sent.clear();
    for (const publication of all) this.ended(publication, error);
  }

  /** The broker does not tell which publication it has refused for a missing right. */
  private async watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'error' && status.error instanceof PermissionViolationError)
        this.endAll(status.error);
    }
    this.endAll(new Error('the connection to the broker is closed'));
  }
}

function failureOf({ headers, data }: Msg, { sequence }: Sent): Error | undefined {
  if (headers?.code === NO_RESPONDERS) return new Error('no stream of the broker takes this subject');
  const answer = answerIn(data);
  if (answer === undefined) return new Error('the broker has answered with something else than JSON');
  if (answer.error !== undefined) {
    const error = new JetStreamApiError(answer.error);
    return error.code === WRONG_SEQUENCE ? new OvertakenError(error.message) : error;
  }
  if (answer.seq === sequence && !answer.duplicate) return undefined;
  return new OvertakenError(`It has this event at ${answer.seq}.`);
}

function answerIn(data: Uint8Array): (PubAck & { error?: ApiError }) | undefined {
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString());
  } catch {
    return undefined;
  }
}
