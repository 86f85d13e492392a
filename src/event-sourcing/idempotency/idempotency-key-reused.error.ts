import { EventfoldError } from '../errors.js';

/** The idempotency key was used for another request. */
export class IdempotencyKeyReusedError extends EventfoldError {
  readonly kind = 'invalid';
  readonly code = 'idempotency-key-reused';

  constructor(key: string) {
    super(`The idempotency key "${key}" was used for another request. Use a new key for a new request.`);
  }
}
