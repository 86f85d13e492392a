/**
 * What went wrong, in one word, for the code that answers (HTTP, a queue, a command line):
 *
 * - `invalid`: this request can never succeed
 * - `not-found`: the request names something that does not exist
 * - `refused`: a business rule does not allow it
 * - `conflict`: another request was faster; the same request may succeed on the fresh state
 * - `unavailable`: try again later
 * - `broken`: a defect or a damaged log; the details are for the operator
 */
export type ErrorKind = 'invalid' | 'not-found' | 'refused' | 'conflict' | 'unavailable' | 'broken';

/** The base of every error that Eventfold throws. `code` is stable and part of the interface; the message is not. */
export abstract class EventfoldError extends Error {
  abstract readonly kind: ErrorKind;
  abstract readonly code: string;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }

  /** The text that clients see. */
  get detail(): string {
    return this.message;
  }

  /** Facts that a caller can act on. Clients see them. */
  get details(): Record<string, unknown> {
    return {};
  }
}
