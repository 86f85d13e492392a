import { PayloadTooLargeException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Settings } from '../config/settings.js';
import type { HttpRequest } from '../../api/request/correlation.js';
import { onEachRoute } from './early-check.js';

/** The body of any other request than a batch, in bytes: several times what the largest of them needs. */
export const SINGLE_BODY_BYTES = 65_536;

/** Methods whose body Fastify reads. */
const WITH_BODY = new Set(['POST', 'PUT', 'DELETE']);

/**
 * Lets batches alone be large: a body is parsed in one go, in which no other request is answered.
 *
 * A length that is told beforehand is looked at here. Fastify would answer the same 413, and then end the connection on
 * which the client is still sending, by which the answer may get lost. Like this the rest is read and dropped. To be
 * called after the checks of tokens, which go before.
 */
export function limitBodies(app: NestFastifyApplication, { BODY_LIMIT_BYTES }: Settings): void {
  onEachRoute(app, (route, options) => {
    const limit = route.takesBatch ? BODY_LIMIT_BYTES : Math.min(BODY_LIMIT_BYTES, SINGLE_BODY_BYTES);
    options.bodyLimit = limit;
    if (!WITH_BODY.has(route.method)) return;
    const hook = ({ headers }: HttpRequest, _reply: unknown, done: (error?: unknown) => void) => {
      const isTooLarge = Number(headers['content-length'] ?? 0) > limit;
      done(isTooLarge ? new PayloadTooLargeException('Request body is too large') : undefined);
    };
    options.onRequest = [...[options.onRequest ?? []].flat(), hook];
  });
}
