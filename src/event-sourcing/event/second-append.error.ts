import { EventfoldError } from '../errors.js';

/** A call under an idempotency key appends a second time. Nothing of the second append is stored. */
export class SecondAppendError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'second-append';

  constructor() {
    super(
      'A call under an idempotency key has appended already, and appends again. ' +
        'It may append once: a repeat is answered from the events of one append. ' +
        'Append the events together (appendToStreams), ' +
        'or leave the second append to a reaction.',
    );
  }
}
