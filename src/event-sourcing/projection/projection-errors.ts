import { EventfoldError } from '../errors.js';

/** No projection has this name, or it has no such parked key. */
export class ProjectionNotFoundError extends EventfoldError {
  readonly kind = 'not-found';
  readonly code = 'projection.not-found';
}

/** The state of the projection does not allow this act. */
export class ProjectionStateError extends EventfoldError {
  readonly kind = 'refused';

  constructor(
    readonly code:
      | 'projection.already-paused'
      | 'projection.not-paused'
      | 'projection.rebuilding'
      | 'projection.is-reaction'
      | 'projection.not-held'
      | 'projection.not-rebuilding'
      | 'projection.paused'
      | 'projection.in-use'
      | 'projection.own-sql'
      | 'projection.too-many-rows'
      | 'projection.key-parked'
      | 'projection.rows-shared'
      | 'projection.other-revision'
      | 'projection.cannot-fold',
    message: string,
  ) {
    super(message);
  }
}

/** Another transaction holds the checkpoint: a turn, a comparison, or a session of the database. */
export class ProjectionBusyError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'projection.busy';

  constructor(name: string, options?: { cause?: unknown }) {
    super(
      `Another transaction keeps the checkpoint of ${name}, and nothing was changed. Try again in a moment; ` +
        'where that goes on, GET /projections names the session that is in the way.',
      options,
    );
  }
}

/** A projection did not reach a position in the time that a query may wait. */
export class NotCaughtUpError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'not-caught-up';

  constructor(
    readonly projection: string,
    readonly wanted: number,
    readonly position: number,
    /** The parked key, when that is the reason. */
    readonly parkedKey?: string,
  ) {
    super(
      parkedKey === undefined
        ? `Projection ${projection} is at position ${position} and has not folded position ${wanted} yet.`
        : `Projection ${projection} has parked the events of "${parkedKey}", after one that it could not fold: ` +
            'its row stays old until the key is retried or skipped.',
    );
  }

  override get details() {
    const { projection, position, parkedKey } = this;
    const lagEvents = Math.max(0, this.wanted - position);
    return { projection, position, lagEvents, ...(parkedKey !== undefined && { parkedKey }) };
  }
}
