import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Settings } from '../config/settings.js';
import { onEachRoute } from './early-check.js';

/** The body of any other request than a batch, in bytes: several times what the largest of them needs. */
export const SINGLE_BODY_BYTES = 65_536;

/** Lets batches alone be large: a body is parsed in one go, in which no other request is answered. */
export function limitBodies(app: NestFastifyApplication, { BODY_LIMIT_BYTES }: Settings): void {
  onEachRoute(app, (route, options) => {
    if (route.takesBatch) options.bodyLimit = BODY_LIMIT_BYTES;
  });
}
