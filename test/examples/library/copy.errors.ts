import { EventfoldError } from '../../../src/event-sourcing/index.js';

export class CopyNotFound extends EventfoldError {
  readonly kind = 'not-found';
  readonly code = 'copy.not-found';
}

/** A rule of the library refuses the command. */
export class CopyRefused extends EventfoldError {
  readonly kind = 'refused';

  constructor(
    readonly code: 'copy.is-lent' | 'copy.is-not-lent' | 'copy.is-lost',
    message: string,
  ) {
    super(message);
  }
}
