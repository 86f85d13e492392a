/**
 * Messages that the intake could not take, in a stream of their own, each with the reason. The operator lists them, and
 * sends a mended one again.
 *
 * A rejected message is kept first, and then taken from the stream of the other services. So none is lost. One that is
 * kept and then delivered again, after a crash, is kept once within the time of `DUPLICATES_WITHIN_MS`.
 */
import { JetStreamApiError, type JsMsg, type StoredMsg, type StreamConfig } from '@nats-io/jetstream';
import { headers, InvalidArgumentError } from '@nats-io/transport-node';
import { EventfoldError } from '../../event-sourcing/index.js';
import type { Broker } from '../broker/broker.js';
import { isNotFound } from '../broker/not-found.js';
import type { Delivery } from './delivered-message.js';
import { EVENT_ID, type IncomingMessage } from './incoming-message.js';
import {
  foreignHeaders,
  keptVersions,
  NO_BODY,
  REASON,
  type Rejection,
  SEQUENCE,
  STREAM,
  SUBJECT,
} from './rejection.js';

const DUPLICATES_WITHIN_MS = 60 * 60 * 1_000;
const NANOS_PER_MS = 1_000_000;
/** The broker's codes for a message beyond `max_msg_size` of the stream, and for headers beyond 64 kB. */
const TOO_LARGE = [10_054, 10_097];

/** A message that the intake could not take. */
export interface RejectedMessage {
  /** Place among the rejected messages. */
  sequence: number;
  reason: string;
  rejectedAt: Date;
  /** The id that the event would have had, unless its body names another one. */
  eventId: string;
  /** The place of the message at the other service. */
  subject: string;
  stream: string;
  streamSequence: number;
  headers: Record<string, string[]>;
  body: string;
  /** Why the body is empty; null when it is as it was. */
  noBody: string | null;
}

/** A message was kept without its body, and is to be sent again without a new one. */
export class NoBodyError extends EventfoldError {
  readonly kind = 'invalid';
  readonly code = 'no-body';

  constructor({ sequence, noBody, stream, streamSequence }: RejectedMessage) {
    super(
      `The rejected message ${sequence} has no body: ${noBody}. ` +
        `It was message ${streamSequence} of ${stream}. Give a body by --data.`,
    );
  }
}

export class RejectedMessages {
  private constructor(
    private readonly broker: Broker,
    private readonly stream: string,
    private readonly subject: string,
  ) {}

  /**
   * @param taken the stream of the other services. Default: undefined, and then a missing stream is not made.
   * @returns undefined when there is no stream, and none is to be made
   * @throws Error in words when the stream of the other services takes in the rejected messages
   */
  static async open(broker: Broker, prefix: string): Promise<RejectedMessages | undefined>;
  static async open(broker: Broker, prefix: string, taken: StreamConfig): Promise<RejectedMessages>;
  static async open(
    broker: Broker,
    prefix: string,
    taken?: StreamConfig,
  ): Promise<RejectedMessages | undefined> {
    const subject = subjectOf(prefix);
    const found = await rejectedStream(broker, prefix);
    if (found !== undefined) {
      if (taken !== undefined) requireApart(found, subject, taken);
      return new RejectedMessages(broker, found, subject);
    }
    if (taken === undefined) return undefined;
    const name = `${prefix.replaceAll('.', '_')}_rejected`;
    await broker.streams.streams.add({
      name,
      subjects: [subject],
      num_replicas: taken.num_replicas,
      duplicate_window: DUPLICATES_WITHIN_MS * NANOS_PER_MS,
    });
    return new RejectedMessages(broker, name, subject);
  }

  /** Resolves when the message is kept. Can be called again for the same message. */
  async keep(message: Delivery, incoming: IncomingMessage, rejection: Rejection): Promise<void> {
    let failure: unknown;
    for (const { headers: all, body } of keptVersions(message, incoming, rejection)) {
      try {
        return void (await this.broker.client.publish(this.subject, body, { headers: all }));
      } catch (error) {
        if (!isTooLarge(error)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** All of them, the oldest first. */
  async *list(): AsyncGenerator<RejectedMessage> {
    const consumer = await this.broker.client.consumers.get(this.stream, { filter_subjects: this.subject });
    if ((await consumer.info()).num_pending === 0) return;
    const messages = await consumer.consume();
    try {
      for await (const message of messages) {
        yield shown(message);
        if (message.info.pending === 0) return;
      }
    } finally {
      messages.stop();
    }
  }

  /**
   * Sends a message again to its subject, and takes it from the rejected ones. Sent twice, it is taken into the log
   * once, because it keeps its event id.
   *
   * @param body the mended body. Default: the body as it was.
   * @returns the message at its new place in the stream of the other services; undefined when there is none
   * @throws NoBodyError when it was kept without its body, and none is given
   */
  async resend(sequence: number, body?: Uint8Array): Promise<RejectedMessage | undefined> {
    const stored = await this.stored(sequence);
    if (stored === undefined) return undefined;
    const rejected = shown(stored);
    if (body === undefined && rejected.noBody !== null) throw new NoBodyError(rejected);
    const all = foreignHeaders(stored.header);
    all.set(EVENT_ID, rejected.eventId);
    const { stream, seq } = await this.broker.client.publish(rejected.subject, body ?? stored.data, {
      headers: all,
      ...(await this.expectation(rejected.stream)),
    });
    await this.broker.streams.streams.deleteMessage(this.stream, sequence);
    return { ...rejected, stream, streamSequence: seq };
  }

  /** The stream that has to take a message. A stream that copies others takes it by way of them, and is not named. */
  private async expectation(streamName: string): Promise<{ expect?: { streamName: string } }> {
    const { config } = await this.broker.streams.streams.info(streamName);
    return originsOf(config).length > 0 ? {} : { expect: { streamName } };
  }

  private async stored(sequence: number): Promise<StoredMsg | undefined> {
    try {
      const stored = await this.broker.streams.streams.getMessage(this.stream, { seq: sequence });
      return stored?.subject === this.subject ? stored : undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}

const subjectOf = (prefix: string) => `${prefix}.rejected`;

/** The stream that keeps rejected messages; undefined while none was ever rejected. */
export async function rejectedStream(broker: Broker, prefix: string): Promise<string | undefined> {
  const [found] = await broker.streams.streams.names(subjectOf(prefix)).next();
  return found;
}

/** The streams that a stream copies. */
const originsOf = ({ mirror, sources = [] }: StreamConfig): string[] =>
  [...(mirror ? [mirror] : []), ...sources].map(({ name }) => name);

/** Else each rejected message would be taken in, and rejected again. */
function requireApart(found: string, subject: string, taken: StreamConfig): void {
  if (found !== taken.name && !originsOf(taken).includes(found)) return;
  throw new Error(
    `the stream "${taken.name}" has the subject "${subject}", on which the rejected messages are kept, so each would ` +
      'be rejected again: set the prefix of the intake (RELAY_PREFIX of the service) to one outside of that stream',
  );
}

/** Beyond a limit of the stream, or `max_payload` of the broker, which the client knows. */
const isTooLarge = (error: unknown): boolean =>
  error instanceof InvalidArgumentError ||
  (error instanceof JetStreamApiError && TOO_LARGE.includes(error.code));

function shown(message: JsMsg | StoredMsg): RejectedMessage {
  const all = 'header' in message ? message.header : (message.headers ?? headers());
  return {
    sequence: message.seq,
    reason: all.get(REASON),
    rejectedAt: message.time,
    eventId: all.get(EVENT_ID),
    subject: all.get(SUBJECT),
    stream: all.get(STREAM),
    streamSequence: Number(all.get(SEQUENCE)),
    headers: Object.fromEntries(
      foreignHeaders(all)
        .keys()
        .map((name) => [name, all.values(name)]),
    ),
    body: message.string(),
    noBody: all.get(NO_BODY) || null,
  };
}
