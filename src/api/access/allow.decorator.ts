import { SetMetadata } from '@nestjs/common';

/**
 * Who may use a route. Each rule lets administrators (scope `admin`) in as well.
 *
 * - `anyone`: without a token
 * - `authenticated`: any sender with a token
 * - `self`: the user whose id stands in the path
 * - `self-registration`: the user whose id stands in the body, or is left out there
 * - `viewing:write`: a token with this scope
 * - `admin`: administrators alone
 */
export type AccessRule =
  'anyone' | 'authenticated' | 'self' | 'self-registration' | 'viewing:write' | 'admin';

const RULE = 'eventfold:allow';

/** States a route's rule, for `AccessGuard`. */
export const Allow = (rule: AccessRule) => SetMetadata(RULE, rule);

/** The rule of a route's method, if it states one. */
export const ruleOf = (method: object): AccessRule | undefined =>
  Reflect.getMetadata(RULE, method) as AccessRule | undefined;
