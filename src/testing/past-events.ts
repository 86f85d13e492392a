import { inspect } from 'node:util';
import {
  type DomainEvent,
  type EventClass,
  EventRegistry,
  type Recorded,
  type StoredEvent,
} from '../event-sourcing/index.js';
import { fail } from './comparison.js';

/** @throws AssertionError that says which of the events of a test is none */
export function requireEvents(events: readonly unknown[]): void {
  if (!Array.isArray(events)) fail(`The events of the test are ${inspect(events)}: they must be an array.`);
  for (const [index, event] of events.entries()) {
    const { type, data } = (event ?? {}) as Partial<DomainEvent>;
    if (typeof type === 'string' && typeof data === 'object' && data !== null) continue;
    fail(
      `Event ${index + 1} of the test is ${inspect(event)}: it must be one such as new OrderPlaced({ ... }).`,
    );
  }
}

/** Data in the form of the log: only JSON comes back. */
export const asStored = <Data>(data: Data): Data => JSON.parse(JSON.stringify(data)) as Data;

/**
 * Events in the form in which the log returns them: from position 1 on, all in one stream, through JSON, as new
 * instances of their classes. Each is a second later than the one before, from 2025-01-01T00:00:01Z on, so that a test
 * can name its time.
 *
 * @param after position and version of the event before the first
 * @throws AssertionError when one is no event
 */
export function recorded<Event extends DomainEvent>(
  streamId: string,
  events: readonly Event[],
  after = 0,
): Recorded<Event>[] {
  requireEvents(events);
  const registry = new EventRegistry();
  return events.map((event, index) => {
    const place = after + index + 1;
    registry.register(event.constructor as unknown as EventClass);
    const { type, schemaVersion, eventId = idOf(place) } = event;
    const stored: StoredEvent = {
      position: place,
      streamId,
      version: place,
      metadata: { correlationId: 'test', causationId: 'test', schemaVersion },
      timestamp: new Date(Date.UTC(2025, 0, 1) + place * 1_000),
      ...Object.fromEntries(Object.entries(event)), // the place or time that a test has set
      eventId,
      type,
      data: asStored(event.data),
    };
    return registry.revive(stored) as Recorded<Event>;
  });
}

const idOf = (place: number) => `00000000-0000-4000-8000-${String(place).padStart(12, '0')}`;
