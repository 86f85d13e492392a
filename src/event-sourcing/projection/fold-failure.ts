import type { StoredEvent } from '../domain-event.js';

/** The event that a fold failed at, as far as parking has to name it. */
export type FailedEvent = Pick<StoredEvent, 'position' | 'eventId' | 'streamId' | 'version'> & {
  type: string;
};

/** A fold failed, and it is known at which event. */
export class FoldFailure extends Error {
  constructor(
    readonly event: FailedEvent,
    readonly key: string,
    override readonly cause: Error,
  ) {
    super(cause.message);
    this.stack = cause.stack ?? this.message;
  }
}
