import { Forbidden, KeysUnavailable, RateLimited, Unauthenticated } from './access.errors.js';
import { type AccessRule, ruleOf } from './allow.decorator.js';

/** The scope that whoever a rule keeps out would have to have. */
export const scopeFor = (rule: AccessRule): string => (rule === 'viewing:write' ? rule : 'admin');

export const forbiddenBy = (rule: AccessRule): Forbidden =>
  new Forbidden(
    rule.startsWith('self')
      ? 'A user may do this for itself alone (the "sub" of the token), others need the scope "admin".'
      : `This needs the scope "${scopeFor(rule)}".`,
  );

/** Documents how a route turns senders away, where tokens are checked and requests counted. */
export function accessProblemsOf(route: object): Error[] {
  const rule = ruleOf(route) ?? 'admin';
  if (rule === 'anyone') return [];
  return [
    new Unauthenticated('This needs a bearer token.'),
    ...(rule === 'authenticated' ? [] : [forbiddenBy(rule)]),
    new RateLimited(600, 17),
    new KeysUnavailable(),
  ];
}
