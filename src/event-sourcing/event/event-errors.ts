import { EventfoldError } from '../errors.js';

/** The event store cannot accept an event, a stream id or an option. */
export class InvalidAppendError extends EventfoldError {
  readonly kind = 'invalid';
  readonly code = 'invalid-append';
}

/** The parts of an event of the log that an error message names. */
export interface PlacedEvent {
  type: string;
  streamId: string;
  version: number;
  position: number;
}

export const place = ({ streamId, version, position }: PlacedEvent) =>
  `stream ${streamId}, version ${version}, position ${position}`;

const leftToNewerBuild = ({ streamId }: PlacedEvent) =>
  `Stream ${streamId} has events that a newer version of this service wrote, and that this instance cannot read yet. ` +
  'Try again in a moment.';

/**
 * The log holds an event type without a registered class. Either a newer build wrote it, or its class is missing in the
 * module; the two look the same. Nothing is decided or folded without the event.
 */
export class UnknownEventTypeError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'unknown-event-type';

  constructor(private readonly event: PlacedEvent) {
    super(
      `No class is registered for event type "${event.type}" (${place(event)}). If a newer build wrote it, its ` +
        'instances can read it. Otherwise list it in EventSourcingModule.forFeature({ events: [...] }).',
    );
  }

  override get detail() {
    return leftToNewerBuild(this.event);
  }
}

/**
 * A stored event has a newer schema version than this build knows (`unavailable`: instances of the build that wrote it
 * can read it), or an upcaster is missing (`broken`).
 */
export class UnknownSchemaVersionError extends EventfoldError {
  readonly kind: 'unavailable' | 'broken';
  readonly code = 'unknown-schema-version';

  constructor(
    private readonly event: PlacedEvent,
    from: number,
    /** The schema version of this build's class. */
    readonly current: number,
  ) {
    super(
      `Event type "${event.type}" is stored with schema version ${from} (${place(event)}), and no upcaster of this build ` +
        `leads from ${from} to ${current}.`,
    );
    this.kind = from > current ? 'unavailable' : 'broken';
  }

  override get detail() {
    return leftToNewerBuild(this.event);
  }
}

/** Whether a newer build wrote the event. Then this build must leave the event to instances of that build. */
export const isOfNewerBuild = (error: unknown): boolean =>
  error instanceof UnknownEventTypeError ||
  (error instanceof UnknownSchemaVersionError && error.kind === 'unavailable');
