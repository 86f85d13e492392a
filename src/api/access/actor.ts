import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { canonicalUuid } from '../../event-sourcing/for-service.js';
import { carrierOf, type HttpRequest } from '../request/correlation.js';

/** The sender of a request, as the application knows it. */
export interface Actor {
  /** The user's id, a UUID, or the name of a service. */
  readonly subject: string;
  readonly scopes: ReadonlySet<string>;
  /** When the sender must prove again who it is. A feed ends then. Default: never. */
  readonly expiresAt?: Date | undefined;
}

/** Where a request keeps its actor. */
const ACTOR = Symbol('actor');

interface Carrier {
  [ACTOR]?: Actor;
}

/** Undefined when the sender was not checked: in an open service, and in a host with its own guards. */
export const actorOf = (request: HttpRequest): Actor | undefined => (carrierOf(request) as Carrier)[ACTOR];

/** Keeps the sender of a request. A subject that is a UUID is kept in the spelling in which ids are stored. */
export function rememberActor(request: HttpRequest, actor: Actor): void {
  const subject = canonicalUuid(actor.subject) ?? actor.subject;
  (carrierOf(request) as Carrier)[ACTOR] = subject === actor.subject ? actor : { ...actor, subject };
}

export const isAdmin = ({ scopes }: Actor): boolean => scopes.has('admin');

/** The id of a sender that may act only for itself; undefined for an administrator and in an open service. */
export const OwnUserId = createParamDecorator((_: unknown, execution: ExecutionContext) => {
  const actor = actorOf(execution.switchToHttp().getRequest<HttpRequest>());
  return actor === undefined || isAdmin(actor) ? undefined : actor.subject;
});
