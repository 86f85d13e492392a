import { EventfoldError } from '../event-sourcing/index.js';

/** There is no token, or it proves nothing. */
export class Unauthenticated extends EventfoldError {
  readonly kind = 'refused';
  readonly code = 'unauthenticated';
}

/** The token is good, and its owner may not do this. */
export class Forbidden extends EventfoldError {
  readonly kind = 'refused';
  readonly code = 'forbidden';
}

/** The sender has made all requests that it may make in a minute. */
export class RateLimited extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'rate-limited';

  constructor(limit: number, secondsLeft: number) {
    super(`These are more than ${limit} requests in a minute. Go on in ${secondsLeft} s.`);
  }
}

/** The keys that tokens are checked with cannot be fetched: nobody can say whether a token is good. */
export class KeysUnavailable extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'keys-unavailable';

  constructor(options?: ErrorOptions) {
    super('The keys that tokens are checked with cannot be fetched at the moment. Try again.', options);
  }
}
