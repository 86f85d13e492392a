import { EventfoldError } from '../event-sourcing/index.js';

export class ProfileNotFound extends EventfoldError {
  readonly kind = 'not-found';
  readonly code = 'user-profile.not-found';

  constructor(userId: string) {
    super(
      `There is no profile of user ${userId}, or not yet: send Read-After with the position of the registration.`,
    );
  }
}

/** The user is erased, and so is its profile. */
export class ProfileGone extends EventfoldError {
  readonly kind = 'not-found';
  readonly code = 'user.erased';

  constructor(userId: string) {
    super(`User ${userId} is erased.`);
  }
}
