import type { EventRegistry } from '../../event/event-registry.js';
import { EventfoldError } from '../../errors.js';
import type { LogMark } from './log-digest.js';
import type { ExaminedEvent } from './verify.sql.js';

/** A fault that a log written only by Eventfold cannot have. */
export interface LogFault {
  /** Stable: `position-gap`, `version-repeated`, `unknown-event-type` ... */
  code: string;
  /** The finding, in a sentence. */
  message: string;
  /** The consequence. */
  meaning: string;
  /** The position of the fault; for a gap, the first missing position. */
  position?: number;
  streamId?: string;
  version?: number;
}

/** The earlier event, as far as the next one depends on it. The log starts after position 0. */
export interface Predecessor {
  position: number;
  timestamp: Date;
}

/** The first rule that the event breaks. A fault that causes others is checked first. */
export function faultOf(
  event: ExaminedEvent,
  before: Predecessor,
  registry: EventRegistry,
): LogFault | undefined {
  const fault = misplaced(event, before) ?? repeated(event) ?? outOfStream(event) ?? outOfTime(event, before);
  return fault ?? notRevived(event, registry);
}

/** The fault of a log that no longer has the position of a digest. */
export const logShorter = (head: number, position: number): LogFault => ({
  code: 'log-shorter',
  message: `The log ends at position ${head}, and a digest was taken at position ${position}.`,
  meaning: 'Events were removed from its end, it was restored from an older backup, or this is another log.',
  position: head + 1,
});

/** The fault of a log whose digest at a position has changed. */
export const digestDiffers = (found: LogMark, expected: string, after: number): LogFault => ({
  code: 'digest-differs',
  message: `The digest at position ${found.position} is ${found.digest}, not ${expected}.`,
  meaning:
    `Since the expected digest was taken, an event between positions ${after + 1} and ${found.position} was changed, ` +
    'moved, added or removed. An earlier digest that still holds, as --from, tells where.',
  position: found.position,
});

function misplaced(event: ExaminedEvent, before: Predecessor): LogFault | undefined {
  if (event.position === before.position + 1) return undefined;
  if (event.position <= before.position) {
    const message = `Position ${event.position} is taken twice.`;
    return at(event, 'position-repeated', message, 'Which of the events happened first is not known.');
  }
  const first = before.position + 1;
  const last = event.position - 1;
  return {
    code: 'position-gap',
    message:
      (first === last ? `Position ${first} is missing` : `Positions ${first} to ${last} are missing`) +
      `: ${before.position} is followed by ${event.position}.`,
    meaning: 'Events were removed, or the log was restored in part. What they did is lost to every reader.',
    position: first,
  };
}

function repeated(event: ExaminedEvent): LogFault | undefined {
  const { position, versionAt, idAt, streamId, version, eventId } = event;
  if (versionAt === null || idAt === null) {
    const index = versionAt === null ? 'events_stream_id_stream_version_key' : 'events_event_id_key';
    const message = `The index ${index} does not lead to the event at position ${position}.`;
    return at(event, 'index-broken', message, 'Reads of its stream miss it. "reindex" mends the index.');
  }
  if (versionAt !== position) {
    const message = `Version ${version} of stream ${streamId} is taken twice: at ${positions(position, versionAt)}.`;
    return at(event, 'version-repeated', message, 'Two decisions were made on the same state of the stream.');
  }
  if (idAt === position) return undefined;
  const message = `Event id ${eventId} is taken twice: at ${positions(position, idAt)}.`;
  return at(event, 'event-id-repeated', message, 'One event was recorded, and folded, twice.');
}

function outOfStream(event: ExaminedEvent): LogFault | undefined {
  const { streamId, version, position, previousAt } = event;
  if (version < 1) {
    const message = `Stream ${streamId} has a version ${version}; the first is 1.`;
    return at(event, 'version-gap', message, 'The stream cannot be appended to safely.');
  }
  if (version === 1) return undefined;
  if (previousAt === null) {
    const message = `Version ${version - 1} of stream ${streamId} is missing, before version ${version}.`;
    return at(event, 'version-gap', message, 'The aggregate is rebuilt without a part of what it decided.');
  }
  if (previousAt < position) return undefined;
  const message =
    `Version ${version} of stream ${streamId} is at position ${position}, ` +
    `before version ${version - 1} at ${previousAt}.`;
  return at(
    event,
    'version-order',
    message,
    'Read models fold the stream in another order than the aggregate does.',
  );
}

function outOfTime(event: ExaminedEvent, before: Predecessor): LogFault | undefined {
  const { timestamp, position, stored } = event;
  if (Number.isNaN(timestamp.getTime())) {
    const message = `The timestamp at position ${position} is not a moment: ${stored.time}.`;
    return at(event, 'unreadable', message, 'Every reader of the event fails.');
  }
  if (timestamp >= before.timestamp) return undefined;
  const message =
    `Time runs backwards: position ${position} is of ${timestamp.toISOString()}, ` +
    `the event before of ${before.timestamp.toISOString()}.`;
  return at(event, 'time-backwards', message, 'A question about the state at an instant has no one answer.');
}

function notRevived(event: ExaminedEvent, registry: EventRegistry): LogFault | undefined {
  try {
    registry.revive(event);
    return undefined;
  } catch (error) {
    const [code, message] =
      error instanceof EventfoldError
        ? [error.code, error.message]
        : [
            'unreadable',
            `The event at position ${event.position} (${event.type}) cannot be read: ${(error as Error).message}`,
          ];
    return at(event, code, message, 'Aggregates and read models that meet the event fail.');
  }
}

function at(event: ExaminedEvent, code: string, message: string, meaning: string): LogFault {
  const { position, streamId, version } = event;
  return { code, message, meaning, position, streamId, version };
}

const positions = (one: number, other: number) =>
  `positions ${Math.min(one, other)} and ${Math.max(one, other)}`;
