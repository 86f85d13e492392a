import { SetMetadata } from '@nestjs/common';

/**
 * Who may use a route. Each rule also admits administrators (scope `admin`).
 *
 * - `anyone`: without a token
 * - `authenticated`: any sender with a token
 * - `self`: the user whose id is in the path
 * - `self-registration`: the user whose id is in the body; the body may omit it
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
