/**
 * The messages in which a rejected message is kept: with its body and headers, the reason, and its place.
 *
 * Some are kept without the body. The operator still finds it in the stream of the other services.
 */
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { MESSAGE_ID } from '../message/event-message.js';
import type { Delivery } from './delivered-message.js';
import { EVENT_ID, type IncomingMessage, placeOf } from './incoming-message.js';

/** Names of headers. */
export const REASON = 'Eventfold-Reason';
export const SUBJECT = 'Eventfold-Subject';
export const STREAM = 'Eventfold-Stream';
export const SEQUENCE = 'Eventfold-Sequence';
export const NO_BODY = 'Eventfold-No-Body';

/** Headers with an effect on the broker, which must not be repeated, and our own. */
const OF_THE_BROKER = /^(nats|eventfold)-/i;
const MAX_REASON = 1_000;
const NOTHING = new Uint8Array();

/** Why a message is rejected. */
export interface Rejection {
  reason: string;
  /** Its body and its headers are not kept, because they are about an erased person. */
  isAboutErased?: boolean;
}

interface KeptVersion {
  headers: MsgHdrs;
  body: Uint8Array;
}

/** What to keep of a message: each version is for a broker to which the one before is too large. */
export function* keptVersions(
  message: Delivery,
  incoming: IncomingMessage,
  { reason, isAboutErased }: Rejection,
): Generator<KeptVersion> {
  const version = (all: MsgHdrs, noBody?: string): KeptVersion => {
    all.set(REASON, oneLine(reason));
    all.set(SUBJECT, message.subject);
    all.set(STREAM, incoming.stream);
    all.set(SEQUENCE, String(incoming.sequence));
    all.set(EVENT_ID, incoming.eventId);
    all.set(MESSAGE_ID, placeOf(message));
    if (noBody !== undefined) all.set(NO_BODY, noBody);
    return { headers: all, body: noBody === undefined ? message.data : NOTHING };
  };
  if (isAboutErased) {
    yield version(headers(), 'it is about an erased person');
    return;
  }
  const tooLarge = 'it is too large to be kept';
  yield version(foreignHeaders(message.headers));
  yield version(foreignHeaders(message.headers), tooLarge);
  yield version(headers(), tooLarge);
}

/** The headers of the other service. */
export function foreignHeaders(given: MsgHdrs | undefined): MsgHdrs {
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
