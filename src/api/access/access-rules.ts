import { canonicalUuid } from '../../event-sourcing/for-service.js';
import { Unauthenticated } from './access.errors.js';
import { forbiddenBy, scopeFor } from './access-problems.js';
import { type Actor, isAdmin } from './actor.js';
import type { AccessRule } from './allow.decorator.js';
import type { HttpRequest } from '../request/correlation.js';

/** A request as adapters parse it. */
export interface ParsedRequest extends HttpRequest {
  params?: { userId?: unknown };
  body?: unknown;
}

/**
 * @throws Unauthenticated when the sender is unknown
 * @throws Forbidden when the rule does not admit the sender
 */
export function requireAccess(rule: AccessRule, actor: Actor | undefined, request: ParsedRequest): void {
  if (rule === 'anyone') return;
  if (actor === undefined) throw new Unauthenticated('This needs to be known: who sends it.');
  if (!isAdmin(actor) && !isAllowed[rule](actor, request)) throw forbiddenBy(rule);
}

/** The value of `WWW-Authenticate` beside a 403 by the rule; RFC 6750, section 3. */
export const challengeOf = (rule: AccessRule): string =>
  `${CHALLENGE}, error="insufficient_scope", scope="${scopeFor(rule)}"`;

/** The value of `WWW-Authenticate` beside a 401. */
export const CHALLENGE = 'Bearer realm="eventfold"';

/** The rules for senders that are no administrators. */
const isAllowed: Record<AccessRule, (actor: Actor, request: ParsedRequest) => boolean> = {
  anyone: () => true,
  authenticated: () => true,
  self: (actor, { params }) => isSelf(actor, params?.userId),
  'self-registration': (actor, { body }) =>
    isSelf(actor, (body as { userId?: unknown } | null | undefined)?.userId ?? actor.subject),
  'viewing:write': ({ scopes }) => scopes.has('viewing:write'),
  admin: () => false,
};

/** Ids are compared in the stored spelling. The name of a service is not the id of a user. */
function isSelf({ subject }: Actor, userId: unknown): boolean {
  const id = typeof userId === 'string' ? canonicalUuid(userId) : undefined;
  return id !== undefined && id === canonicalUuid(subject);
}
