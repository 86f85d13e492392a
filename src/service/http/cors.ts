import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { originsOf, type Settings } from '../config/settings.js';
import { CORRELATION_HEADER } from '../../api/request/correlation.js';
import { REPLAYED_HEADER } from '../../api/request/headers.js';

/** The headers of an answer that a page may read, beside those that browsers show to every page. */
const EXPOSED = [
  'ETag',
  'Location',
  'Retry-After',
  'WWW-Authenticate',
  CORRELATION_HEADER,
  REPLAYED_HEADER,
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
];

/** How long a browser may keep the answer to its preflight request, in s. */
const MAX_AGE_S = 600;

/**
 * Lets pages of `CORS_ORIGINS` use the service. The preflight request of a browser has no token, so it is answered
 * before tokens are checked. Cookies play no part: a page sends the token itself.
 */
export function allowOrigins(app: NestFastifyApplication, settings: Settings): void {
  const origin = originsOf(settings);
  if (origin.length === 0) return;
  app.enableCors({
    origin,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    exposedHeaders: EXPOSED,
    credentials: false,
    maxAge: MAX_AGE_S,
  });
}
