import type { DomainEvent, Recorded, StoredEvent } from '../../event/domain-event.js';
import type { EventRegistry } from '../../event/event-registry.js';
import type { Folding, TouchedTable } from '../declare/folding.js';
import type { TouchedRowsOfEvent } from './explanation.js';

/** An event that this build cannot read belongs to the key in its stored data. */
export function revivedOrStored(
  stored: StoredEvent,
  registry: EventRegistry,
): Recorded<DomainEvent> | StoredEvent {
  try {
    return registry.revive(stored);
  } catch {
    return stored;
  }
}

/** The rows of a table that an event touches. One that names no row, or cannot be read, is parked: it touches none. */
export function touchedBy(
  stored: StoredEvent,
  { keys }: TouchedTable,
  registry: EventRegistry,
): readonly object[] {
  try {
    return keys(revivedOrStored(stored, registry));
  } catch {
    return [];
  }
}

/** The rows that an event touches, in every projection that handles it. */
export function rowsTouchedBy(
  event: StoredEvent,
  foldings: readonly Folding[],
  registry: EventRegistry,
): TouchedRowsOfEvent[] {
  return foldings
    .filter(({ kind, eventTypes }) => kind === 'projection' && eventTypes.includes(event.type))
    .map((folding) => ({
      projection: folding.name,
      key: folding.keyOf(revivedOrStored(event, registry)),
      tables: folding
        .tables('live')
        .flatMap((touched) =>
          touched.table
            .keyRecords(touchedBy(event, touched, registry))
            .map((key) => ({ table: touched.table.name, key })),
        ),
    }));
}
