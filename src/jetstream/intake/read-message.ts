import type { SingleAppend } from '../../event-sourcing/for-service.js';
import type { EventToAppend } from '../../event-sourcing/index.js';
import type { Delivery } from './delivered-message.js';
import { type IncomingMessage, incomingMessage } from './incoming-message.js';
import type { IncomingEvent, IntakeOptions } from './intake-options.js';
import type { Rejection } from './rejection.js';

/** A message, and what became of it before the append. */
export interface ReadMessage {
  message: Delivery;
  incoming: IncomingMessage;
}

/** A message with an event for the log. */
export interface MappedMessage extends ReadMessage {
  append: SingleAppend;
}

/** A message that cannot be an event, with the reason. */
export interface InvalidMessage extends ReadMessage, Rejection {}

export const isInvalid = (read: MappedMessage | InvalidMessage): read is InvalidMessage => 'reason' in read;

/** Reads a message by the `map` of the host. */
export function readMessage(message: Delivery, map: IntakeOptions['map']): MappedMessage | InvalidMessage {
  const incoming = incomingMessage(message);
  try {
    const { streamId, event } = requireEvent(map(incoming));
    return { message, incoming, append: { streamId, event: withId(event, incoming) } };
  } catch (error) {
    return { message, incoming, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** A `map` in JavaScript may return anything. */
function requireEvent(mapped: IncomingEvent): IncomingEvent {
  if (typeof mapped?.streamId === 'string' && typeof mapped.event?.data === 'object') return mapped;
  throw new Error('map returned no { streamId, event } for this message');
}

/** A copy keeps the class, because the log checks the type of its events by it. */
function withId(event: EventToAppend, { eventId }: IncomingMessage): EventToAppend {
  if (event.eventId !== undefined) return event;
  const copy = Object.create(Object.getPrototypeOf(event) as object) as EventToAppend;
  return Object.assign(copy, event, { eventId });
}
