import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CORRELATION_HEADER, type HttpRequest, knownIdOf } from '../../api/request/correlation.js';

/** Sends the correlation id with every answer, also with those that no controller makes, such as the pages of /docs. */
export function sendCorrelationId(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook(
    'onRequest',
    (request: HttpRequest, reply: { header(name: string, value: string): void }, done: () => void) => {
      reply.header(CORRELATION_HEADER, knownIdOf(request));
      done();
    },
  );
}
