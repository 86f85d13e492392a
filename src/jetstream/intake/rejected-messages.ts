/**
 * Messages that the intake could not take, in a stream of their own, each with the reason. The operator lists them, and
 * sends a mended one again.
 *
 * A rejected message is kept first, and then taken from the stream of the other services. So none is lost. One that is
 * kept and then delivered again, after a crash, is kept once within the time of `DUPLICATES_WITHIN_MS`.
 */
import type { JsMsg, StoredMsg } from '@nats-io/jetstream';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import type { Broker } from '../broker/broker.js';
import { isNotFound } from '../broker/not-found.js';
import { MESSAGE_ID } from '../message/event-message.js';
import { EVENT_ID, type IncomingMessage, placeOf } from './incoming-message.js';

const REASON = 'Eventfold-Reason';
const SUBJECT = 'Eventfold-Subject';
const STREAM = 'Eventfold-Stream';
const SEQUENCE = 'Eventfold-Sequence';

/** Headers with an effect on the broker, which must not be repeated, and our own. */
const OF_THE_BROKER = /^(nats|eventfold)-/i;
const MAX_REASON = 1_000;
const DUPLICATES_WITHIN_MS = 60 * 60 * 1_000;
const NANOS_PER_MS = 1_000_000;

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
}

export class RejectedMessages {
  private constructor(
    private readonly broker: Broker,
    private readonly stream: string,
    private readonly subject: string,
  ) {}

  /**
   * @param replicas of a stream that is made now. Default: undefined, and then a missing stream is not made.
   * @returns undefined when there is no stream, and none is to be made
   */
  static async open(broker: Broker, prefix: string): Promise<RejectedMessages | undefined>;
  static async open(broker: Broker, prefix: string, replicas: number): Promise<RejectedMessages>;
  static async open(
    broker: Broker,
    prefix: string,
    replicas?: number,
  ): Promise<RejectedMessages | undefined> {
    const subject = subjectOf(prefix);
    const found = await rejectedStream(broker, prefix);
    if (found !== undefined) return new RejectedMessages(broker, found, subject);
    if (replicas === undefined) return undefined;
    const name = `${prefix.replaceAll('.', '_')}_rejected`;
    await broker.streams.streams.add({
      name,
      subjects: [subject],
      num_replicas: replicas,
      duplicate_window: DUPLICATES_WITHIN_MS * NANOS_PER_MS,
    });
    return new RejectedMessages(broker, name, subject);
  }

  /** Resolves when the message is kept. Can be called again for the same message. */
  async keep(message: JsMsg, { eventId, stream, sequence }: IncomingMessage, reason: string): Promise<void> {
    const all = foreignHeaders(message.headers);
    all.set(REASON, oneLine(reason));
    all.set(SUBJECT, message.subject);
    all.set(STREAM, stream);
    all.set(SEQUENCE, String(sequence));
    all.set(EVENT_ID, eventId);
    all.set(MESSAGE_ID, placeOf(message));
    await this.broker.client.publish(this.subject, message.data, { headers: all });
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
   */
  async resend(sequence: number, body?: Uint8Array): Promise<RejectedMessage | undefined> {
    const stored = await this.stored(sequence);
    if (stored === undefined) return undefined;
    const rejected = shown(stored);
    const { subject, stream, eventId } = rejected;
    const all = foreignHeaders(stored.header);
    all.set(EVENT_ID, eventId);
    const { seq } = await this.broker.client.publish(subject, body ?? stored.data, {
      headers: all,
      expect: { streamName: stream },
    });
    await this.broker.streams.streams.deleteMessage(this.stream, sequence);
    return { ...rejected, streamSequence: seq };
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
  };
}

function foreignHeaders(given: MsgHdrs | undefined): MsgHdrs {
  const all = headers();
  for (const name of given?.keys() ?? []) {
    if (OF_THE_BROKER.test(name)) continue;
    for (const value of given!.values(name)) all.append(name, value);
  }
  return all;
}

const oneLine = (text: string) =>
  text
    .replaceAll(/\s+|\p{Cc}/gu, ' ')
    .slice(0, MAX_REASON)
    .toWellFormed();
