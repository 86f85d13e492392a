import { actorOf } from '../access/actor.js';
import { type HttpRequest, knownIdOf } from '../request/correlation.js';

/** The ids by which a line in the log about a request is found. */
export interface RequestIds {
  correlationId: string;
  /** The actor, if it is known. */
  userId?: string;
}

/**
 * The ids that the events of a request get, for code outside of its message, such as a logger of requests that writes
 * after the answer. On Fastify it also takes the request that middleware gets. It never throws: instead of a
 * correlation id that cannot be used, it returns the generated id.
 */
export function requestIdsOf(request: HttpRequest): RequestIds {
  const [correlationId, userId] = [knownIdOf(request), actorOf(request)?.subject];
  return userId === undefined ? { correlationId } : { correlationId, userId };
}
