import type { StoredEvent } from '../event/domain-event.js';

/** The events that a subscriber wants: those that meet all of its conditions. */
export class EventFilter {
  /** Empty: all types. */
  readonly types: readonly string[];
  readonly streamId: string | undefined;
  readonly correlationId: string | undefined;
  private readonly known: ReadonlySet<string>;

  constructor({ types = [], streamId, correlationId }: EventConditions = {}) {
    Object.assign(this, { types, streamId, correlationId });
    this.known = new Set(types);
  }

  accepts({ type, streamId, metadata }: StoredEvent): boolean {
    return (
      (this.known.size === 0 || this.known.has(type)) &&
      (this.streamId === undefined || this.streamId === streamId) &&
      (this.correlationId === undefined || this.correlationId === metadata.correlationId)
    );
  }
}

export interface EventConditions {
  /** Only events of these types. Default: of all. */
  types?: readonly string[] | undefined;
  /** Only events of this stream. */
  streamId?: string | undefined;
  /** Only events that follow from one request. */
  correlationId?: string | undefined;
}

export const ALL_EVENTS = new EventFilter();
