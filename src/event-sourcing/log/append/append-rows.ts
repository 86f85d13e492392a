import { v7 as uuidv7 } from 'uuid';
import { DomainEvent } from '../../event/domain-event.js';
import { InvalidAppendError } from '../../event/event-errors.js';
import type { Message } from '../../event/message-context.js';
import { broken, isRecord } from '../../options/resolve-options.js';
import { requireStorable, requireText } from '../../event/storable.js';
import { activeTraceparent } from '../../telemetry/tracing.js';
import { canonicalUuid } from '../../event/uuid.js';
import { type EventToAppend, type ExpectedVersion, LAST_VERSION, type StreamAppend } from './append.js';
import type { PersonalFields } from '../../privacy/fields/personal.js';
import { ANY_VERSION, type AppendRow, STREAM_EXISTS } from './append-row.js';
/** The rows of one append. @throws InvalidAppendError when PostgreSQL cannot store it */
export function toRows(
  { streamId, expectedVersion, events }: StreamAppend,
  append: number,
  message: Message,
): AppendRow[] {
  if (!Array.isArray(events)) throw new InvalidAppendError(broken('events', events, 'an array of events'));
  if (events.length === 0) throw new InvalidAppendError(`No events were given for stream ${streamId}.`);
  requireText(streamId, 'The stream id');
  const traceparent = activeTraceparent();
  const expected = encodeExpected(expectedVersion);
  return events.map((event) => {
    if (!isRecord(event as unknown)) throw new InvalidAppendError(broken('An event', event, 'an object'));
    requireText(event.type, 'The event type');
    requireTypeOfClass(event);
    requireStorable(event.data);
    return {
      append,
      stream_id: streamId,
      expected,
      event_id: event.eventId === undefined ? uuidv7() : eventIdOf(event.eventId),
      event_type: event.type,
      event_data: event.data,
      metadata: { ...message, ...traceparent, schemaVersion: schemaVersionOf(event) },
      ownId: event.eventId === undefined,
      personal: declaredBy(event),
      stored_data: undefined,
      subjects: undefined,
      key_ids: undefined,
    };
  });
}

/** An event is read again by the static type of its class: with another type it could never be read. */
function requireTypeOfClass(event: EventToAppend): void {
  if (!(event instanceof DomainEvent)) return;
  const { name, type } = event.constructor as Function & { type?: string };
  if (type === undefined || type === event.type) return;
  throw new InvalidAppendError(
    `The type of an event of ${name} is "${event.type}": it must be "${type}", the static type of its class.`,
  );
}

/** The registry may not know the class of an event that is only appended here. */
function declaredBy(event: EventToAppend): readonly PersonalFields[] | undefined {
  const { personal } = event instanceof DomainEvent ? (event.constructor as typeof DomainEvent) : NONE;
  return personal?.length === 0 ? undefined : personal;
}

const NONE: { personal?: readonly PersonalFields[] } = {};

function eventIdOf(given: string): string {
  const eventId = canonicalUuid(given);
  if (eventId !== undefined) return eventId;
  throw new InvalidAppendError(`The event id ${JSON.stringify(given)} is no UUID.`);
}

function schemaVersionOf({ type, schemaVersion = 1 }: EventToAppend): number {
  if (Number.isInteger(schemaVersion) && schemaVersion >= 1) return schemaVersion;
  throw new InvalidAppendError(
    `The schema version of "${type}" is a whole number from 1 on, not ${String(schemaVersion)}.`,
  );
}

export const idOf = ({ event_id }: AppendRow) => event_id;

function encodeExpected(expected: ExpectedVersion): number {
  switch (expected) {
    case 'no-stream':
      return 0;
    case 'stream-exists':
      return STREAM_EXISTS;
    case 'any':
      return ANY_VERSION;
    default:
      if (Number.isInteger(expected) && expected >= 0 && expected <= LAST_VERSION) return expected;
      throw new InvalidAppendError(
        `An expected version is a whole number from 0 to ${LAST_VERSION}, not ${String(expected)}.`,
      );
  }
}
