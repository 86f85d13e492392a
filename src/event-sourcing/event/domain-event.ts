/** Turns the data of one schema version into that of the next. */
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
 * When the shape changes, raise `schemaVersion` and add the upcaster of the version that is left behind; the stored
 * events stay as they are: `static override readonly upcasters = { 1: (old) => ({ ...old, reason: 'unknown' }) }`.
 */
export abstract class DomainEvent<Type extends string = string, Data extends object = object> {
  /** The shape of `data` that this class writes and reads. Default: 1. */
  static readonly schemaVersion: number = 1;
  /** By the schema version they start from. */
  static readonly upcasters: Readonly<Record<number, Upcaster>> = {};

  /** The identity under which the event is stored; never the name of the class. */
  abstract readonly type: Type;

  /** @param eventId A UUID that makes the append idempotent: the log takes each id once. Default: a new one. */
  constructor(
    readonly data: Data,
    readonly eventId?: string,
  ) {}

  get schemaVersion(): number {
    return (this.constructor as typeof DomainEvent).schemaVersion;
  }
}

/** A concrete event class: what a registry, an aggregate or an `@EventsHandler` names. */
export interface EventClass<Event extends DomainEvent = DomainEvent> {
  readonly type: Event['type'];
  readonly schemaVersion: number;
  readonly upcasters: Readonly<Record<number, Upcaster>>;
  new (data: any, eventId?: string): Event;
}

/** Who and what an event goes back to. Stored with it. */
export interface EventMetadata {
  /** One for all that a single request set off. */
  correlationId: string;
  /** The message that led to this event directly: the request, or the event that was reacted to. */
  causationId: string;
  /** The actor: whoever asked for it, where somebody is known. */
  userId?: string;
  /** The span in which the event was appended, as W3C Trace Context writes it, where the host traces. */
  traceparent?: string;
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
