import { EventfoldError } from '../../errors.js';

/** There is no such process manager, or it has no process for the key. */
export class ProcessNotFoundError extends EventfoldError {
  readonly kind = 'not-found';
  readonly code = 'process.not-found';
}

/** The process manager does not take such an input by hand. */
export class ProcessInputError extends EventfoldError {
  readonly kind = 'invalid';
  readonly code = 'process.invalid-input';
}

/** The state of the process does not allow this act. */
export class ProcessStateError extends EventfoldError {
  readonly kind = 'refused';

  constructor(
    readonly code: 'process.not-stuck' | 'process.ended' | 'process.parked',
    message: string,
  ) {
    super(message);
  }
}
