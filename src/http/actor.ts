import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { HttpRequest } from './correlation.js';

/** Who sends a request, as the application has found out. */
export interface Actor {
  /** The user's id, or the name of a service. */
  readonly subject: string;
  readonly scopes: ReadonlySet<string>;
}

/** Where a request keeps its actor. */
const ACTOR = Symbol('actor');

interface AuthenticatedRequest extends HttpRequest {
  [ACTOR]?: Actor;
}

/** Undefined where nobody has checked who it is: in a service that is open, and in a host with its own ways. */
export const actorOf = (request: AuthenticatedRequest): Actor | undefined => request[ACTOR];

export function rememberActor(request: AuthenticatedRequest, actor: Actor): void {
  request[ACTOR] = actor;
}

export const isAdmin = ({ scopes }: Actor): boolean => scopes.has('admin');

/** The id that somebody who may act for nobody else acts under; undefined for an administrator and in an open service. */
export const OwnUserId = createParamDecorator((_: unknown, execution: ExecutionContext) => {
  const actor = actorOf(execution.switchToHttp().getRequest<HttpRequest>());
  return actor === undefined || isAdmin(actor) ? undefined : actor.subject;
});
