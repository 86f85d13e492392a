import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { InvalidRequest } from './invalid-request.error.js';

export const CORRELATION_HEADER = 'X-Correlation-Id';

/** What adapters' requests have in common. */
export interface HttpRequest {
  headers: IncomingMessage['headers'];
}

/** Where a request keeps the id that was made up for it. */
const MADE_UP = Symbol('correlation id');

/**
 * The object that everything shares for one request, and that keeps what is remembered of it. On Fastify, middleware
 * gets the request of Node.js, and controllers get another one around it.
 */
export function carrierOf(request: HttpRequest & { raw?: unknown }): object {
  const raw = Object(request.raw) as Partial<HttpRequest>;
  return raw.headers === undefined ? request : raw;
}

/**
 * The correlation id of a request: the client's, or one made up once for it.
 *
 * @throws InvalidRequest when the client's is empty, longer than 255 characters or not printable ASCII
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

/** As `correlationIdOf`; where the client's cannot be used, one made up. */
export function knownIdOf(request: HttpRequest): string {
  try {
    return correlationIdOf(request);
  } catch {
    return madeUpFor(request);
  }
}

/** For answers about a request whose own id cannot be used. */
export function madeUpFor(request: HttpRequest): string {
  return ((carrierOf(request) as { [MADE_UP]?: string })[MADE_UP] ??= randomUUID());
}
