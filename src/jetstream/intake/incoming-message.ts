import { v5 as uuidv5 } from 'uuid';
import { canonicalUuid } from '../../event-sourcing/for-service.js';
import { CE_TYPE, MESSAGE_ID } from '../message/event-message.js';
import type { Delivery } from './delivered-message.js';

/** The id that a message had when it was rejected. A mended one is sent with it, so that it is taken once. */
export const EVENT_ID = 'Eventfold-Event-Id';

/** Never change it: the ids of stored events depend on it. */
const NAMESPACE = '0b0f1d5e-6a0c-5c1b-9a3e-5d4f2c8e7b61';

/** A message of another service. */
export interface IncomingMessage {
  subject: string;
  /** The header `ce-type`, or else the last two words of the subject: `content.watched`. */
  type: string;
  /** The id of the event, unless `map` gives it another one. It is the same each time that the message comes. */
  eventId: string;
  /** The name of the stream, and the place of the message in it. */
  stream: string;
  sequence: number;
  /** The time at which the stream took the message. */
  publishedAt: Date;
  body: Uint8Array;
  /** The first value of a header; undefined when there is none. */
  header(name: string): string | undefined;
  /** The body as JSON. @throws SyntaxError */
  json(): unknown;
}

export function incomingMessage(message: Delivery): IncomingMessage {
  // What few maps ask for is made when they do.
  const { subject, data: body, info } = message;
  const header = (name: string) => message.headers?.get(name) || undefined;
  return {
    subject,
    type: header(CE_TYPE) ?? subject.split('.').slice(-2).join('.'),
    get eventId() {
      return idOf(header(EVENT_ID)) ?? idOf(header(MESSAGE_ID)) ?? placeId(message);
    },
    stream: info.stream,
    sequence: info.streamSequence,
    get publishedAt() {
      return message.time;
    },
    body,
    header,
    json: () => JSON.parse(textOf(body)) as unknown,
  };
}

const textOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString();

const idOf = (text: string | undefined) => (text === undefined ? undefined : canonicalUuid(text));

const placeId = (message: Delivery) => uuidv5(placeOf(message), NAMESPACE);

/**
 * The place of a message, as a text. The time belongs to it: a stream that is made again under the same name begins at
 * sequence 1 again, and its events would look like repeats.
 */
export const placeOf = ({ info, timestampNanos }: Delivery): string =>
  `${info.stream}/${info.streamSequence}/${timestampNanos}`;
