import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpRequest, madeUpFor } from '../../api/request/correlation.js';
import { type Reply, sendProblem } from './reply.js';
import { problemOf } from '../../api/problem/error-to-problem.js';
import { Stopping } from '../../api/problem/stopping.error.js';

/**
 * After this many looks in a row without a request, all clients know of the stop. It counts looks, not time: on a busy
 * machine, a process that could not look does not know which clients wait.
 */
const QUIET_LOOKS = 4;
const LOOK_MS = 50;
/** The longest wait for clients, in ms. */
const TELL_WITHIN_MS = 2_000;

/**
 * Once the service stops, it answers requests under way as ever and later ones with 503, and every answer ends its
 * connection. A connection that is kept alive would hold up the stop until it times out.
 *
 * The port stays open until the last client has its answer. If it closed at once, it would cut off clients that connect
 * at that moment, and requests on their way over an idle connection. Those clients would not know whether their request
 * was done.
 */
export function turnAwayOnStop(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  let isStopping = false;
  let underWay = 0;
  let answers = 0;
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
    answers++;
    done();
  });
  fastify.addHook('preClose', async () => {
    isStopping = true;
    const closeAt = performance.now() + TELL_WITHIN_MS;
    for (let quiet = 0; quiet < QUIET_LOOKS && performance.now() < closeAt;) {
      const before = answers;
      await sleep(LOOK_MS);
      quiet = underWay === 0 && answers === before ? quiet + 1 : 0;
    }
  });
}
