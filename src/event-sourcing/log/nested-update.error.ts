import { EventfoldError } from '../errors.js';

/** A function given to `update` has updated, created or appended to the aggregate that it decides on. */
export class NestedUpdateError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'nested-update';

  constructor(readonly streamId: string) {
    super(
      `Stream ${streamId} would be appended to inside an update of its own aggregate, which would then conflict and ` +
        'run again with this append in it: call business methods on the aggregate that the function given to "update" ' +
        'gets, or append before or after that update. Nothing of this append is stored.',
    );
  }
}
