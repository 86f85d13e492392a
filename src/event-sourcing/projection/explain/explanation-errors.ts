import { EventfoldError } from '../../errors.js';
import { ProjectionStateError } from '../projection-errors.js';

/** No table of the projection has a row of the key. */
export class RowNotFoundError extends EventfoldError {
  readonly kind = 'not-found';
  readonly code = 'projection.row-not-found';

  constructor(name: string, key: string) {
    super(`No table of projection "${name}" has a row of the key "${key}".`);
  }
}

/** The log has no event at a position. */
export class EventNotFoundError extends EventfoldError {
  readonly kind = 'not-found';
  readonly code = 'event.not-found';

  constructor(position: number) {
    super(`There is no event at position ${position}.`);
  }
}

/** The events of a key were not all found in the time of one call. The next call goes on from there. */
export class ScanUnfinishedError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'projection.scan-unfinished';

  constructor(
    readonly to: number,
    readonly head: number,
  ) {
    super(
      `The events of the key are found up to position ${to} of ${head}, and nothing was changed. Repeat the call: it ` +
        'goes on from there.',
    );
  }

  override get details() {
    return { scanned: { to: this.to, head: this.head } };
  }
}

export const ownSqlError = (name: string) =>
  new ProjectionStateError(
    'projection.own-sql',
    `${name} has SQL of its own, so its rows cannot be told from its events. A rebuild folds them anew.`,
  );

export const tooManyRowsError = (name: string, most: number) =>
  new ProjectionStateError(
    'projection.too-many-rows',
    `The key has more than ${most.toLocaleString('en')} rows in ${name}, which are too many to fold in memory.`,
  );
