import { Forbidden, KeysUnavailable, RateLimited, Unauthenticated } from './access.errors.js';
import { type AccessRule, ruleOf } from './allow.decorator.js';

/** The scope that a sender needs to pass a rule. */
export const scopeFor = (rule: AccessRule): string => (rule === 'viewing:write' ? rule : 'admin');

export const forbiddenBy = (rule: AccessRule): Forbidden =>
  new Forbidden(
    rule.startsWith('self')
      ? 'A user may do this for itself alone (the "sub" of the token), others need the scope "admin".'
      : `This needs the scope "${scopeFor(rule)}".`,
  );

/** Documents the refusals of a route, by the check of tokens and by the limit of requests. */
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
