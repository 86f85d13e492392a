import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Reply } from './reply.js';

/** The console is at `/console`. Fastify takes the same with a slash at its end for another address. */
export function takeConsoleWithSlash(app: NestFastifyApplication): void {
  app.getHttpAdapter().get('/console/', (_request: unknown, reply: Reply) => {
    void reply.status(302).header('Location', 'overview').send();
  });
}
