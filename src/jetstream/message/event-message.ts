/**
 * An event as a message: a CloudEvent in binary mode. The body is the event as the API shows it (`GET /events`): the
 * stored event as JSON, whether or not this process knows its type.
 */
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import type { StoredEvent } from '../../event-sourcing/index.js';
import { type SubjectLayout, subjectOf } from './subject.js';

/** Names of headers. */
export const CE_ID = 'ce-id';
export const CE_TYPE = 'ce-type';
export const MESSAGE_ID = 'Nats-Msg-Id';

export interface EventMessage {
  subject: string;
  headers: MsgHdrs;
  body: Uint8Array;
}

export const messageOf = (layout: SubjectLayout, event: StoredEvent): EventMessage => ({
  subject: subjectOf(layout, event),
  headers: headersOf(layout, event),
  body: Buffer.from(JSON.stringify(event)),
});

/** What a broker limits: the bytes of body and headers, as they are sent. Names and values are ASCII. */
export function sizeOf(message: Pick<EventMessage, 'headers' | 'body'>): number {
  let size = message.body.length + 'NATS/1.0\r\n\r\n'.length;
  for (const [name, [value = '']] of message.headers) size += `${name}: ${value}\r\n`.length;
  return size;
}

/** The event of a message of the relay. */
export function eventOf(body: Uint8Array): StoredEvent {
  const shown = JSON.parse(Buffer.from(body).toString()) as Omit<StoredEvent, 'timestamp'> & {
    timestamp: string;
  };
  return { ...shown, timestamp: new Date(shown.timestamp) };
}

function headersOf({ prefix }: SubjectLayout, event: StoredEvent): MsgHdrs {
  const { eventId, type, streamId, timestamp, metadata } = event;
  const all = headers();
  all.set('ce-specversion', '1.0');
  all.set(CE_ID, eventId);
  all.set(CE_TYPE, printable(type));
  all.set('ce-source', `/${prefix}`);
  all.set('ce-time', timestamp.toISOString());
  all.set('ce-subject', printable(streamId));
  all.set(MESSAGE_ID, eventId);
  if (metadata.traceparent !== undefined) all.set('traceparent', printable(metadata.traceparent));
  return all;
}

/** What CloudEvents percent-encodes in a header: all but printable ASCII, and space, `"` and `%`. */
const NOT_PRINTABLE = /[^!#$&-~]/gu;

const printable = (text: string): string =>
  text.replaceAll(NOT_PRINTABLE, (character) => encodeURIComponent(character));
