import { Injectable } from '@nestjs/common';
import type { DomainEvent, EventClass, Recorded, StoredEvent } from './domain-event.js';
import { broken, InvalidOptionsError } from '../options/resolve-options.js';
import { wholeNumber } from '../options/rules.js';
import { MAX_INTEGER } from '../postgres/integer.js';
import { isStorableText } from './storable-value.js';
import { UnknownEventTypeError, UnknownSchemaVersionError } from './event-errors.js';

/** Maps stored types to event classes, and upcasts stored events to the schema version of their class. */
@Injectable()
export class EventRegistry {
  private readonly classes = new Map<string, EventClass>();

  /**
   * @throws InvalidOptionsError when no event of a class could be stored
   * @throws Error when another class has the same type
   */
  register(...eventClasses: EventClass[]): void {
    for (const eventClass of eventClasses) {
      requireStorableClass(eventClass);
      const known = this.classes.get(eventClass.type);
      if (known !== undefined && known !== eventClass) {
        throw new Error(
          `Event type "${eventClass.type}" is claimed by ${known.name} and by ${eventClass.name}.`,
        );
      }
      this.classes.set(eventClass.type, eventClass);
    }
  }

  /** All types that have a class. */
  get types(): string[] {
    return [...this.classes.keys()];
  }

  knows(type: string): boolean {
    return this.classes.has(type);
  }

  /** Whether stored events of the type may have other data than their instances. */
  hasUpcasters(type: string): boolean {
    return Object.keys(this.classes.get(type)?.upcasters ?? {}).length > 0;
  }

  /** @throws UnknownEventTypeError, UnknownSchemaVersionError */
  revive(stored: StoredEvent): Recorded<DomainEvent> {
    const eventClass = this.classes.get(stored.type);
    if (eventClass === undefined) throw new UnknownEventTypeError(stored);
    const event = new eventClass(upcast(stored, eventClass), stored.eventId);
    const { position, streamId, version, metadata, timestamp } = stored;
    return Object.assign(event, {
      eventId: stored.eventId,
      position,
      streamId,
      version,
      metadata,
      timestamp,
    });
  }
}

const SCHEMA_VERSION = wholeNumber(1, MAX_INTEGER);

function requireStorableClass({ name, type, schemaVersion }: EventClass): void {
  const faults: string[] = [];
  if (type === '' || !isStorableText(type)) {
    const rule = 'a text that is not empty, without \\u0000 and without half of a surrogate pair';
    faults.push(broken(`static type of ${name}`, type, rule));
  }
  if (!SCHEMA_VERSION.accepts(schemaVersion))
    faults.push(broken(`static schemaVersion of ${name}`, schemaVersion, SCHEMA_VERSION.says));
  if (faults.length > 0) throw new InvalidOptionsError(faults);
}

function upcast(stored: StoredEvent, eventClass: EventClass): object {
  let data = stored.data;
  const from = stored.metadata.schemaVersion;
  for (let version = from; version !== eventClass.schemaVersion; version++) {
    const upcaster = eventClass.upcasters[version];
    if (upcaster === undefined) throw new UnknownSchemaVersionError(stored, from, eventClass.schemaVersion);
    data = upcaster(data);
  }
  return data;
}
