import type { PersonalFields } from '../privacy/fields/personal.js';

/** Turns the data of one schema version into the data of the next. */
export type Upcaster = (data: any) => any;

/**
 * A fact of the domain: a literal stored type, and data that survives JSON.
 *
 * ```ts
 * export class UserDeactivated extends DomainEvent<'user.deactivated', { userId: string; reason?: string }> {
 *   static readonly type = 'user.deactivated';
 *   readonly type = UserDeactivated.type;
 * }
 * ```
 *
 * When the shape changes, raise `schemaVersion` and add an upcaster for the old version. Stored events stay as they
 * are: `static override readonly upcasters = { 1: (old) => ({ ...old, reason: 'unknown' }) }`.
 */
export abstract class DomainEvent<Type extends string = string, Data extends object = object> {
  /** The shape of `data` that this class writes and reads. Default: 1. */
  static readonly schemaVersion: number = 1;
  /** Upcasters by the schema version that they start from. */
  static readonly upcasters: Readonly<Record<number, Upcaster>> = {};
  /** The fields of `data` that are about persons, and whom: what `personal` returns. Default: none. */
  static readonly personal: readonly PersonalFields[] = [];

  /** The stored name of the event; never the name of the class. */
  abstract readonly type: Type;

  /** @param eventId A UUID that makes the append idempotent: the log stores each id once. Default: a new one. */
  constructor(
    readonly data: Data,
    readonly eventId?: string,
  ) {}

  get schemaVersion(): number {
    return (this.constructor as typeof DomainEvent).schemaVersion;
  }
}

/** A concrete event class, as a registry, an aggregate or an `@EventsHandler` names it. */
export interface EventClass<Event extends DomainEvent = DomainEvent> {
  readonly type: Event['type'];
  readonly schemaVersion: number;
  readonly upcasters: Readonly<Record<number, Upcaster>>;
  readonly personal?: readonly PersonalFields[];
  new (data: any, eventId?: string): Event;
}

/** The cause of an event and its actor. Stored with the event. */
export interface EventMetadata {
  /** The same for all events that one request led to. */
  correlationId: string;
  /** The direct cause: the request, or the event that was reacted to. */
  causationId: string;
  /** The actor: the user who made the request, when known. */
  userId?: string;
  /** The span in which the event was appended, in the format of W3C Trace Context, when the host traces. */
  traceparent?: string;
  /** When the event was due, in ISO 8601, when a timer has appended it. */
  dueAt?: string;
  schemaVersion: number;
}

/** An event as the log holds it. */
export interface StoredEvent {
  /** Place in the whole log, from 1, without gaps, in commit order. */
  position: number;
  streamId: string;
  /** Place in its stream, from 1, without gaps. */
  version: number;
  eventId: string;
  type: string;
  data: object;
  metadata: EventMetadata;
  timestamp: Date;
}

/** A stored event as an instance of its class, upcast to the class's schema version. */
export type Recorded<Event extends DomainEvent> = Event & Omit<StoredEvent, 'type' | 'data'>;
