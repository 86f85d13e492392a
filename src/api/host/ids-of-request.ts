import { actorOf } from '../access/actor.js';
import { type HttpRequest, knownIdOf } from '../request/correlation.js';

/** What a line in the log about a request is found by. */
export interface RequestIds {
  correlationId: string;
  /** The actor, where one is known. */
  userId?: string;
}

/**
 * The ids that the events of a request get, for code outside of its message, such as a logger of requests that writes
 * after the answer. On Fastify it takes the request of middleware as well. It never throws: in place of a correlation
 * id that cannot be used, it gives the id that was made up.
 */
export function requestIdsOf(request: HttpRequest): RequestIds {
  const [correlationId, userId] = [knownIdOf(request), actorOf(request)?.subject];
  return userId === undefined ? { correlationId } : { correlationId, userId };
}
