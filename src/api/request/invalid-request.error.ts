import { EventfoldError } from '../../event-sourcing/index.js';

export interface FieldError {
  /** The place in the request: `email`, `preferences`, `limit`. */
  path: string;
  message: string;
}

/**
 * The most errors in an answer. A request could have a hundred thousand errors, and the answer would be larger than the
 * request.
 */
export const MAX_ERRORS = 20;
/** The most characters of a name, which may come from the client. */
const MAX_NAME = 100;
/** The most characters of a message: its rule and a name. */
const MAX_MESSAGE = 300;

/** The request breaks rules of its fields. */
export class InvalidRequest extends EventfoldError {
  readonly kind = 'invalid';
  readonly code = 'invalid-request';

  readonly errors: readonly FieldError[];

  /** @param errors the answer has the first ones, with their names cut */
  constructor(errors: readonly FieldError[]) {
    const told = firstOf(errors);
    const more = errors.length - told.length;
    super(told.map(({ message }) => message).join('; ') + (more > 0 ? `; and ${more} more` : ''));
    this.errors = told;
  }

  override get details() {
    return { errors: this.errors };
  }
}

/** The first errors, with their messages cut. */
export const firstOf = (errors: readonly FieldError[], count = MAX_ERRORS): FieldError[] =>
  errors.slice(0, count).map(({ path, message }) => ({
    path: shortened(path),
    message: shortened(message, MAX_MESSAGE),
  }));

/** A name from the client, cut for the answer. */
export function shortened(text: string, max = MAX_NAME): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}\u2026`;
}
