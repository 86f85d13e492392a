import { Injectable } from '@nestjs/common';
import type { DomainEvent, EventClass, Recorded, StoredEvent } from './domain-event.js';
import { broken, InvalidOptionsError } from '../options/resolve-options.js';
import { wholeNumber } from '../options/rules.js';
import { MAX_INTEGER } from '../postgres/integer.js';
import type { Statements } from '../postgres/database.js';
import { faultsOfPersonal, type PersonalFields } from '../privacy/fields/personal.js';
import {
  type FieldsOfType,
  fieldsOf,
  type KeySource,
  PersonalReader,
} from '../privacy/fields/personal-reader.js';
import { isStorableText } from './storable-value.js';
import { UnknownEventTypeError, UnknownSchemaVersionError } from './event-errors.js';

/**
 * Maps stored types to event classes. Stored events get their personal fields back, and are upcast to the schema
 * version of their class.
 */
@Injectable()
export class EventRegistry {
  private readonly classes = new Map<string, EventClass>();
  /** The types that have personal fields. */
  private readonly personal = new Map<string, FieldsOfType>();
  private reader = new PersonalReader(NO_KEYS);

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
      const { personal = [] } = eventClass;
      if (personal.length > 0) this.personal.set(eventClass.type, fieldsOf(personal));
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

  /** Takes the keys of personal fields from there. */
  readWith(keys: KeySource): void {
    this.reader = new PersonalReader(keys);
  }

  /** The classes that declare personal fields. */
  get personalClasses(): EventClass[] {
    return [...this.personal.keys()].map((type) => this.classes.get(type)!);
  }

  /** The personal fields of a type; undefined when it has none. */
  personalOf(type: string): readonly PersonalFields[] | undefined {
    return this.personal.has(type) ? this.classes.get(type)!.personal : undefined;
  }

  /**
   * Loads the keys of personal fields. Call it before the events are revived.
   *
   * @param statements the transaction in which they were read. Default: a connection of the pool.
   * @returns undefined when there is nothing to load
   */
  prepare(events: readonly StoredEvent[], statements?: Statements): Promise<void> | undefined {
    if (this.personal.size === 0) return undefined;
    return this.reader.prepare(events, (type) => this.personal.get(type), statements);
  }

  /**
   * The event with its personal fields as they were before they were stored, or as they are after the erasure. One of
   * an unknown type comes as it is.
   *
   * @throws PersonalKeyMissingError, PersonalValueBrokenError
   */
  open(stored: StoredEvent): StoredEvent {
    const fields = this.personal.get(stored.type);
    return fields === undefined ? stored : { ...stored, data: this.reader.open(stored, fields) };
  }

  /**
   * The events as `open` gives them, for people who look at the log. One that cannot be read comes as it is stored.
   *
   * @param statements as in `prepare`
   */
  async shown(events: readonly StoredEvent[], statements?: Statements): Promise<StoredEvent[]> {
    const loading = this.prepare(events, statements);
    if (loading !== undefined) await loading.catch(() => undefined);
    return events.map((stored) => {
      try {
        return this.open(stored);
      } catch {
        return stored;
      }
    });
  }

  /**
   * @throws UnknownEventTypeError, UnknownSchemaVersionError
   * @throws PersonalKeyMissingError, PersonalValueBrokenError
   */
  revive(stored: StoredEvent): Recorded<DomainEvent> {
    const eventClass = this.classes.get(stored.type);
    if (eventClass === undefined) throw new UnknownEventTypeError(stored);
    const fields = this.personal.get(stored.type);
    const data = fields === undefined ? stored.data : this.reader.open(stored, fields);
    const event = new eventClass(upcast(stored, data, eventClass), stored.eventId);
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

/** For a registry of its own, which has no store. */
const NO_KEYS: KeySource = { inMemory: () => undefined, load: async () => new Map() };

function requireStorableClass({ name, type, schemaVersion, personal = [] }: EventClass): void {
  const faults: string[] = [];
  if (type === '' || !isStorableText(type)) {
    const rule = 'a text that is not empty, without \\u0000 and without half of a surrogate pair';
    faults.push(broken(`static type of ${name}`, type, rule));
  }
  if (!SCHEMA_VERSION.accepts(schemaVersion))
    faults.push(broken(`static schemaVersion of ${name}`, schemaVersion, SCHEMA_VERSION.says));
  faults.push(...faultsOfPersonal(name, personal));
  if (faults.length > 0) throw new InvalidOptionsError(faults);
}

function upcast(stored: StoredEvent, opened: object, eventClass: EventClass): object {
  let data = opened;
  const from = stored.metadata.schemaVersion;
  for (let version = from; version !== eventClass.schemaVersion; version++) {
    const upcaster = eventClass.upcasters[version];
    if (upcaster === undefined) throw new UnknownSchemaVersionError(stored, from, eventClass.schemaVersion);
    data = upcaster(data);
  }
  return data;
}
