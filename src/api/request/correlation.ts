import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { InvalidRequest } from './invalid-request.error.js';

export const CORRELATION_HEADER = 'X-Correlation-Id';

/** The part that the requests of all adapters have in common. */
export interface HttpRequest {
  headers: IncomingMessage['headers'];
}

/** Where a request keeps its generated id. */
const MADE_UP = Symbol('correlation id');

/**
 * The object that all code shares for one request, and that keeps what is remembered of it. On Fastify, middleware gets
 * the request of Node.js, and controllers get another object around it.
 */
export function carrierOf(request: HttpRequest & { raw?: unknown }): object {
  const raw = Object(request.raw) as Partial<HttpRequest>;
  return raw.headers === undefined ? request : raw;
}

/**
 * The correlation id of a request: that of the client, or one that is generated once for the request.
 *
 * @throws InvalidRequest when the client's id is empty, longer than 255 characters or not printable ASCII
 */
export function correlationIdOf(request: HttpRequest): string {
  const sent = request.headers['x-correlation-id'];
  if (typeof sent === 'string') {
    if (/^[\x21-\x7e]{1,255}$/.test(sent)) return sent;
    throw new InvalidRequest([
      {
        path: CORRELATION_HEADER,
        message: `${CORRELATION_HEADER} must be 1 to 255 printable ASCII characters`,
      },
    ]);
  }
  return madeUpFor(request);
}

/** Like `correlationIdOf`, but returns a generated id when the client's id cannot be used. */
export function knownIdOf(request: HttpRequest): string {
  try {
    return correlationIdOf(request);
  } catch {
    return madeUpFor(request);
  }
}

/** The generated id of a request, for an answer when the client's id cannot be used. */
export function madeUpFor(request: HttpRequest): string {
  return ((carrierOf(request) as { [MADE_UP]?: string })[MADE_UP] ??= randomUUID());
}
