import { PayloadTooLargeException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Settings } from '../config/settings.js';
import type { HttpRequest } from '../../api/request/correlation.js';
import { onEachRoute } from './early-check.js';

/**
 * The limit for the body of a request that is no batch, in bytes. It is several times the need of the largest of them.
 */
export const SINGLE_BODY_BYTES = 65_536;

/** Methods whose body Fastify reads. */
const WITH_BODY = new Set(['POST', 'PUT', 'DELETE']);

/**
 * Only batches may be large: a body is parsed in one go, and no other request is answered meanwhile.
 *
 * The `Content-Length` is checked here. Fastify would answer the same 413, but it would then end the connection while
 * the client still sends, and the answer might get lost. Here the rest is read and dropped. Call this after the checks
 * of tokens, which come first.
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
