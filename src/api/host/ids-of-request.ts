import { actorOf } from '../access/actor.js';
import { type HttpRequest, knownIdOf } from '../request/correlation.js';

/** What a line in the log about a request is found by. */
export interface RequestIds {
  correlationId: string;
  /** The actor, where one is known. */
  userId?: string;
}

/**
 * The ids that events of a request get, for what runs outside of its message: a logger of requests, whose line comes
 * when the answer has been sent. On Fastify, the request of middleware will do as well. It never throws: for a
 * correlation id that cannot be used, it gives the one that was made up instead.
 */
export function requestIdsOf(request: HttpRequest): RequestIds {
  const [correlationId, userId] = [knownIdOf(request), actorOf(request)?.subject];
  return userId === undefined ? { correlationId } : { correlationId, userId };
}
