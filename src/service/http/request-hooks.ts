import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { startOfChain } from '../../event-sourcing/for-service.js';
import { MessageContext } from '../../event-sourcing/index.js';
import { HttpMetrics } from '../../metrics/http-metrics.js';
import { type HttpRequest, knownIdOf } from '../../api/request/correlation.js';

/** What is used of Fastify's request and reply. */
interface Request extends HttpRequest {
  method: string;
  routeOptions: { url?: string | undefined };
}
interface Reply {
  statusCode: number;
  /** In ms. */
  elapsedTime: number;
}

/**
 * What the standalone service does around every request: all of it runs in the message context of the request, for the
 * correlation id in the lines of the log, and its time is measured.
 *
 * The context begins when the body is there, since the events of a socket, by which it comes, are of no request.
 */
export function followRequests(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const context = app.get(MessageContext);
  const metrics = app.get(HttpMetrics, { strict: false });
  fastify.addHook('preHandler', (request: Request, _reply: unknown, done: () => void) => {
    context.run(startOfChain(knownIdOf(request)), done);
  });
  fastify.addHook('onResponse', (request: Request, reply: Reply, done: () => void) => {
    metrics.answered(request.method, request.routeOptions.url, reply.statusCode, reply.elapsedTime / 1_000);
    done();
  });
}
