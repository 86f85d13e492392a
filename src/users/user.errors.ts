import { EventfoldError } from '../event-sourcing/index.js';

export class UserNotFound extends EventfoldError {
  readonly kind = 'not-found';
  readonly code = 'user.not-found';

  /** @param when the time or version of the requested state, e.g. "at version 7" */
  constructor(userId: string, when = '') {
    super(`There is no user ${userId}${when && ` ${when}`}.`);
  }
}

/** An account cannot have this user id or payment method. */
export class UserInvalid extends EventfoldError {
  readonly kind = 'invalid';

  constructor(
    readonly code: 'user.invalid-id' | 'user.invalid-payment-method',
    message: string,
  ) {
    super(message);
  }
}

/** A rule of the account refuses the command. */
export class UserRefused extends EventfoldError {
  readonly kind = 'refused';

  constructor(
    readonly code:
      | 'user.already-registered'
      | 'user.email-taken'
      | 'user.already-on-plan'
      | 'user.inactive'
      | 'user.already-inactive'
      | 'user.already-active',
    message: string,
  ) {
    super(message);
  }
}

/** The user is erased: nothing is kept about it, and nobody gets its id again. */
export class UserGone extends EventfoldError {
  readonly kind = 'not-found';
  readonly code = 'user.erased';

  constructor(userId: string) {
    super(`User ${userId} is erased.`);
  }
}
