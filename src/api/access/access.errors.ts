import { EventfoldError } from '../../event-sourcing/index.js';

/** There is no token, or the token is not valid. */
export class Unauthenticated extends EventfoldError {
  readonly kind = 'refused';
  readonly code = 'unauthenticated';
}

/** The token is valid, but its owner may not do this. */
export class Forbidden extends EventfoldError {
  readonly kind = 'refused';
  readonly code = 'forbidden';
}

/** A page of another site has sent the request, perhaps without the knowledge of the browser's user. */
export class CrossSite extends EventfoldError {
  readonly kind = 'refused';
  readonly code = 'cross-site';

  constructor() {
    super(
      'A page of another site must not change anything in a service that is open. Name its origin in CORS_ORIGINS, ' +
        'or have the service check tokens (AUTH_*).',
    );
  }
}

/** The request names the service by a host that is not its own. */
export class ForeignHost extends EventfoldError {
  readonly kind = 'refused';
  readonly code = 'foreign-host';

  constructor() {
    super(
      'A service that is open answers under a loopback name or address alone, ' +
'such as localhost or 127.0.0.1, and the ' +
        'header Host has another one.',
    );
  }
}

/** The sender has made more requests than it may in a minute. */
export class RateLimited extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'rate-limited';

  constructor(limit: number, secondsLeft: number) {
    super(`These are more than ${limit} requests in a minute. Go on in ${secondsLeft} s.`);
  }
}

/** The keys for the check of tokens cannot be fetched, so nothing shows whether a token is valid. */
export class KeysUnavailable extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'keys-unavailable';

  constructor(options?: { cause?: unknown }) {
    super('The keys that tokens are checked with cannot be fetched at the moment. Try again.', options);
  }
}
