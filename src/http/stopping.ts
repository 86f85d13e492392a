import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpRequest, madeUpFor } from './correlation.js';
import { type Reply, sendProblem } from './fastify.js';
import { problemOf } from './problem.js';
import { Stopping } from './stopping.error.js';

/** So long with nothing under way, and everybody has been told; and for longer than that nobody is waited for. In ms. */
const QUIET_MS = 100;
const TELL_WITHIN_MS = 1_000;

/**
 * Once the service stops, requests under way are answered as ever, later ones with 503, and every answer ends its
 * connection: kept alive, it would hold up the stop until it times out.
 *
 * The port stays open until the last client has heard. Closed at once, it would cut off those who are just connecting,
 * and those whose next request is on its way over an idle connection: they could not tell whether anything was done.
 */
export function turnAwayOnStop(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  let isStopping = false;
  let underWay = 0;
  let lastAnswerAt = -Infinity;
  fastify.addHook('onRequest', (request: HttpRequest, reply: Reply, done: () => void) => {
    underWay++;
    if (!isStopping) return done();
    sendProblem(reply.header('Retry-After', '1'), problemOf(new Stopping(), madeUpFor(request)));
  });
  fastify.addHook('onSend', (_request: unknown, reply: Reply, _payload: unknown, done: () => void) => {
    if (isStopping) reply.header('Connection', 'close');
    done();
  });
  fastify.addHook('onResponse', (_request: unknown, _reply: Reply, done: () => void) => {
    underWay--;
    lastAnswerAt = performance.now();
    done();
  });
  fastify.addHook('preClose', async () => {
    isStopping = true;
    const closeAt = performance.now() + TELL_WITHIN_MS;
    const isQuiet = () => underWay === 0 && performance.now() > lastAnswerAt + QUIET_MS;
    do await sleep(QUIET_MS);
    while (!isQuiet() && performance.now() < closeAt);
  });
}
