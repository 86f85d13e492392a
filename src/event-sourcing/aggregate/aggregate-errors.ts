import { EventfoldError } from '../errors.js';
import { place, type PlacedEvent } from '../event/event-errors.js';

/** The log has no event of the aggregate. The code begins with the stream's name: `order.not-found`. */
export class AggregateNotFoundError extends EventfoldError {
  readonly kind = 'not-found';
  readonly code: string;

  constructor(
    readonly stream: string,
    readonly id: string,
  ) {
    super(`There is no ${stream} ${id}.`);
    this.code = `${stream}.not-found`;
  }
}

/**
 * A business method raised an event after the function given to `update` had returned, or while earlier events were
 * being appended: that function did not await all its work. The event is not stored, and not in the state.
 */
export class RaisedDuringAppendError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'raised-during-append';

  constructor(type: string, aggregate: string, id: string) {
    super(
      `"${type}" was raised on ${aggregate} ${id} after the function given to "update" had returned, or while ` +
        'earlier events were being appended, and is not stored. ' +
        'In the function given to "update", await all calls that raise events.',
    );
  }
}

/** The stream of an aggregate holds an event that the aggregate does not handle. */
export class UnexpectedEventError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'unexpected-event';

  constructor(event: PlacedEvent, aggregate: string) {
    super(
      `Event type "${event.type}" (${place(event)}) is not handled by ${aggregate}: add it to its "evolve".`,
    );
  }
}

/** Too many reads of past states of long streams are waiting already. */
export class PastStatesBusyError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'overloaded';

  constructor(waiting: number) {
    super(
      `${waiting} questions about past states of long streams are waiting already. Try again in a moment.`,
    );
  }
}

/** The log has no stream of this name. */
export class StreamNotFoundError extends EventfoldError {
  readonly kind = 'not-found';
  readonly code = 'stream.not-found';

  constructor(streamId: string) {
    super(`There is no stream "${streamId}".`);
  }
}

/** No aggregate of this process has such a stream. */
export class NoAggregateError extends EventfoldError {
  readonly kind = 'not-found';
  readonly code = 'stream.no-aggregate';

  constructor(streamId: string) {
    super(`No aggregate class of this process has the stream "${streamId}", so its events have no state.`);
  }
}
