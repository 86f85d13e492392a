import { EventfoldError } from '../errors.js';

/**
 * The first call under the idempotency key has stored its events, and has failed afterwards (5xx). A repeat gets this
 * error, since the call had no answer: neither a success nor another try would be right.
 */
export class AnswerNotKnownError extends EventfoldError {
  readonly kind = 'conflict';
  readonly code = 'answer-not-known';

  /** @param position the position of the last event that the first call appended */
  constructor(readonly position: number) {
    super(
      `The first call under this idempotency key has stored its events, the last at position ${position}, ` +
        'and has failed afterwards: its answer is not known. Read what is stored.',
    );
  }

  override get details() {
    return { position: this.position };
  }
}
